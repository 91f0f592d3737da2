#include "cli/verbs/usage.hpp"

#include <cstdio>
#include <fstream>

#include "cli/admin_client.hpp"

namespace tsg::cli {
namespace {

struct UsageOptions {
  std::string from, to, group_by = "org,team,key,model", format = "csv", file, org;
};

std::string path_of(UsageOptions const& u, std::string const& format) {
  std::string path = "/admin/v1/usage?format=" + format;
  for (auto const& [name, value] :
       {std::pair{"from", u.from}, {"to", u.to}, {"group_by", u.group_by}, {"org", u.org}})
    if (!value.empty()) path += "&" + std::string{name} + "=" + percent_encoded(value);
  return path;
}

int print(Options const& o, UsageOptions const& u) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto report = client->json("GET", path_of(u, "json"));
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

int save(UsageOptions const& u) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto answer = client->call("GET", path_of(u, u.format));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) {
    auto const parsed = Json::parse(answer->body, nullptr, false);
    bool const told = parsed.is_object() && parsed.contains("error");
    return fail(Error{Errc::internal, told ? parsed["error"].value("message", std::string{"error"})
                                           : "HTTP " + std::to_string(answer->status)});
  }
  if (u.file.empty()) {
    std::fwrite(answer->body.data(), 1, answer->body.size(), stdout);
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
    c->add_option("--from", u->from,
                  "RFC 3339, or YYYY-MM-DD: a day of UTC; default: this month of time_zone");
    c->add_option("--to", u->to, "exclusive; default: now");
    c->add_option("--org", u->org, "One organisation only");
    c->add_option("--group-by", u->group_by, "org,team,key,environment,provider,model,day")
        ->capture_default_str();
  };
  auto* c = with_output(usage->add_subcommand("show", "Sums as a table"), o);
  with_time(c);
  c->callback([o, u, &code] { code = print(*o, *u); });
  c = usage->add_subcommand("export", "A file for finance: csv, json, or FOCUS 1.4");
  with_time(c);
  c->add_option("--format", u->format, "csv, json or focus")
      ->check(CLI::IsMember({"csv", "json", "focus"}))
      ->capture_default_str();
  c->add_option("--file", u->file, "Where to; default: standard output");
  c->callback([u, &code] { code = save(*u); });
}

}  // namespace tsg::cli
