// tsg audit list, tsg explain
#include <cstdio>

#include "cli/admin_client.hpp"
#include "cli/explain.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kAuditColumns{"seq",     "time",   "kind", "request_id", "key_id", "model_requested",
                            "verdict", "status", "code", "cost_usd"};

struct AuditOptions {
  std::size_t limit = 50;
  std::string since, until, request_id, key_id, model, verdict, status, kind;
};

std::string path_of(Options const& o, AuditOptions const& a) {
  std::string path = "/admin/v1/audit" + filters(o);
  for (auto const& [name, value] : {std::pair{"from", a.since},
                                    {"to", a.until},
                                    {"request_id", a.request_id},
                                    {"key_id", a.key_id},
                                    {"model", a.model},
                                    {"verdict", a.verdict},
                                    {"status", a.status},
                                    {"kind", a.kind}})
    if (!value.empty())
      path += (path.find('?') == std::string::npos ? "?" : "&") + std::string{name} + "=" +
              percent_encoded(value);
  return path;
}

int newest(Options const& o, AuditOptions const& a) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto some = client->first(path_of(o, a), a.limit);
  if (!some) return fail(some.error());
  int const code = show(o, some->rows, kAuditColumns);
  if (some->more)
    std::fprintf(stderr,
                 "tsg: there are more: the newest %zu are shown; --limit shows more, --until older ones\n",
                 some->rows.size());
  return code;
}

int explain_request(Options const& o) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto record = client->json("GET", "/admin/v1/audit/" + percent_encoded(o.id));
  if (!record) return fail(record.error());
  if (o.output == "json") return show(o, *record, {});
  std::fputs(explained(*record).c_str(), stdout);
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, CLI::App& audit, OptionsPtr const& o, int& code) {
  auto* c = with_output(audit.add_subcommand("list", "Newest audit records"), o);
  auto const a = std::make_shared<AuditOptions>();
  add_filters(c, o);
  c->add_option("--limit", a->limit, "At most so many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  c->add_option("--since,--from", a->since, "RFC 3339 or YYYY-MM-DD, inclusive");
  c->add_option("--until,--to", a->until, "RFC 3339 or YYYY-MM-DD, exclusive");
  c->add_option("--request-id", a->request_id, "As in the x-request-id header");
  c->add_option("--key", a->key_id, "key_…");
  c->add_option("--model", a->model, "The model that served");
  c->add_option("--verdict", a->verdict, "allow, deny, replay or error");
  c->add_option("--status", a->status, "HTTP status");
  c->add_option("--kind", a->kind, "request, key.create, policy.put, …");
  c->callback([o, a, &code] { code = newest(*o, *a); });

  auto* explain = with_output(app.add_subcommand("explain", "One request's decision in full"), o);
  explain->add_option("request_id", o->id, "As in the x-request-id header")->required();
  explain->callback([o, &code] { code = explain_request(*o); });
}

}  // namespace tsg::cli
