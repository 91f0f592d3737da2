#include "cli/verbs/usage.hpp"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

struct UsageOptions {
  std::string group_by = "org,team,key,model", format = "csv", file;
};

std::string path_of(Options const& o, UsageOptions const& u, std::string const& format) {
  return with_query(with_query("/admin/v1/usage", narrowing(o)),
                    {{"format", format}, {"group_by", u.group_by}});
}

int print(Options const& o, UsageOptions const& u) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto report = client->json("GET", path_of(o, u, "json"));
  if (!report) return fail(report.error());
  Columns columns;
  for (std::size_t at = 0; at <= u.group_by.size();) {
    auto const end = std::min(u.group_by.find(',', at), u.group_by.size());
    if (end > at) columns.push_back(u.group_by.substr(at, end - at));
    at = end + 1;
  }
  for (auto const* sum : {"requests", "input_tokens", "cached_input_tokens", "output_tokens", "cost_usd",
                          "estimated_usd", "unpriced_requests"})
    columns.emplace_back(sum);
  return show(o, (*report)["data"], columns);
}

int save(Options const& o, UsageOptions const& u) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->call("GET", path_of(o, u, u.format));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) {
    auto const parsed = json::parse_ordered(answer->body);
    bool const told = parsed.is_object() && parsed.contains("error");
    return fail(Error{Errc::internal, told ? parsed["error"].value("message", std::string{"error"})
                                           : "HTTP " + std::to_string(answer->status)});
  }
  if (u.file.empty()) {
    put(answer->body);
    return 0;
  }
  std::ofstream out{u.file, std::ios::binary};
  if (!(out << answer->body) || !out.flush())
    return fail(Error{Errc::internal, "cannot write " + u.file + ": check the path and the space left"});
  return 0;
}

}  // namespace

void add_usage(CLI::App& app, OptionsPtr const& o, int& code) {
  auto const u = std::make_shared<UsageOptions>();
  auto* usage = app.add_subcommand("usage", "Who used what, and what it cost")->require_subcommand(1);
  auto const with_time = [&](CLI::App* c) {
    add_narrowing(c, o);
    c->add_option("--group-by", u->group_by, "org,team,key,environment,provider,model,day")
        ->capture_default_str();
  };
  auto* c = with_output(
      usage->add_subcommand("show", "Sums as a table; of this month of time_zone unless told"), o);
  with_time(c);
  c->callback([o, u, &code] { code = print(*o, *u); });
  c = usage->add_subcommand("export", "A file for finance: csv, json, or FOCUS 1.4");
  with_time(c);
  c->add_option("--format", u->format, "csv, json or focus")
      ->check(CLI::IsMember({"csv", "json", "focus"}))
      ->capture_default_str();
  c->add_option("--file", u->file, "Where to; default: standard output");
  c->callback([o, u, &code] { code = save(*o, *u); });
}

}  // namespace tsg::cli
