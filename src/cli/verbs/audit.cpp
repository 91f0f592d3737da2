// tsg audit list, tsg explain
#include <cstdio>

#include "cli/admin_client.hpp"
#include "cli/explain.hpp"
#include "cli/output.hpp"
#include "cli/verbs/shared.hpp"
#include "tsg/core/printable.hpp"

namespace tsg::cli {
namespace {

Columns const kAuditColumns{"seq",     "time",   "kind", "request_id", "key_id", "model_requested",
                            "verdict", "status", "code", "cost_usd"};

struct AuditOptions {
  std::size_t limit = 50;
  std::string request_id, verdict, status, kind;
};

std::string path_of(Options const& o, AuditOptions const& a) {
  return with_query(
      with_query("/admin/v1/audit", narrowing(o)),
      {{"request_id", a.request_id}, {"verdict", a.verdict}, {"status", a.status}, {"kind", a.kind}});
}

int newest(Options const& o, AuditOptions const& a) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto some = client->first(path_of(o, a), a.limit);
  if (!some) return fail(some.error());
  int const code = show(o, some->rows, kAuditColumns);
  if (some->more)
    std::fprintf(
        stderr,
        "tsg: the newest %zu are shown, and the log goes on: --limit shows more, --until older ones\n",
        some->rows.size());
  return code;
}

int explain_request(Options const& o) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto record = client->json("GET", "/admin/v1/audit/" + percent_encoded(o.id));
  if (!record) return fail(record.error());
  if (o.output == "json") return show(o, *record, {});
  put(explained(*record));
  return 0;
}

int acknowledge(Options const& o, std::int64_t seq, std::string const& reason) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  Json const body = {{"seq", seq}, {"reason", reason}};
  auto done = client->json("POST", "/admin/v1/audit/acknowledgements", body);
  if (!done) return fail(done.error());
  for (auto const& one : (*done)["breaks"]) put("acknowledged: " + printable(one.get<std::string>()) + "\n");
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, CLI::App& audit, OptionsPtr const& o, int& code) {
  auto* c = with_output(audit.add_subcommand("list", "Newest audit records"), o);
  auto const a = std::make_shared<AuditOptions>();
  add_narrowing(c, o);
  c->add_option("--limit", a->limit, "At most so many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  c->add_option("--request-id", a->request_id, "As in the x-request-id header");
  c->add_option("--verdict", a->verdict, "allow, deny, replay or error");
  c->add_option("--status", a->status, "HTTP status");
  c->add_option("--kind", a->kind, "request, key.create, policy.put, …");
  c->callback([o, a, &code] { code = newest(*o, *a); });

  auto* ack = audit.add_subcommand(
      "acknowledge", "Put on record why a break that `tsg audit verify` lists is there; by an owner");
  auto const seq = std::make_shared<std::int64_t>(0);
  auto const reason = std::make_shared<std::string>();
  ack->add_option("SEQ", *seq, "The record that verify names")->required()->check(CLI::NonNegativeNumber);
  ack->add_option("--reason", *reason, "What happened; it stays in the log")->required();
  ack->callback([o, seq, reason, &code] { code = acknowledge(*o, *seq, *reason); });

  auto* explain = with_output(app.add_subcommand("explain", "One request's decision in full"), o);
  explain->add_option("request_id", o->id, "As in the x-request-id header")->required();
  explain->callback([o, &code] { code = explain_request(*o); });
}

}  // namespace tsg::cli
