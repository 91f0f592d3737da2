#include "cli/verbs/shared.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"
#include "tsg/core/printable.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {

int fail(Error const& error) {
  std::fprintf(stderr, "tsg: %s\n", printable(error.message()).c_str());
  return 1;
}

int show(Options const& o, Json const& rows, Columns const& columns) {
  put(o.output == "json" ? json::to_text(rows, 2) + "\n"
                         : table(rows.is_array() ? rows : Json::array({rows}), columns));
  return 0;
}

int call(Options const& o, char const* method, std::string const& path, Json const& body,
         Columns const& columns) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json(method, path, body);
  if (!answer) return fail(answer.error());
  return show(o, *answer, columns);
}

int list(Options const& o, std::string path, Columns const& columns) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto all = client->all(std::move(path));
  if (!all) return fail(all.error());
  return show(o, *all, columns);
}

std::string with_query(std::string path, Parameters const& parameters) {
  for (auto const& [name, value] : parameters) {
    if (value.empty()) continue;
    path += path.find('?') == std::string::npos ? '?' : '&';
    path.append(name).append("=").append(percent_encoded(value));
  }
  return path;
}

std::string filters(Options const& o) {
  return with_query("", {{"org", o.org}, {"team", o.team}, {"environment", o.environment}});
}

Parameters narrowing(Options const& o) {
  return {{"from", o.from},
          {"to", o.to},
          {"org", o.org},
          {"team", o.team},
          {"environment", o.environment},
          {"key_id", o.key},
          {"provider", o.provider},
          {"model", o.model}};
}

CLI::App* with_output(CLI::App* command, OptionsPtr const& o) {
  command->add_option("--output", o->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  return command;
}

void add_filters(CLI::App* command, OptionsPtr const& o) {
  command->add_option("--org", o->org, "Organisation");
  command->add_option("--team", o->team, "Team");
  command->add_option("--environment,--env", o->environment, "Environment");
}

void add_narrowing(CLI::App* command, OptionsPtr const& o) {
  command->add_option("--org", o->org, "Organisation");
  command->add_option("--team", o->team, "{org}.{team}, or a team of --org");
  command->add_option("--environment,--env", o->environment, "Environment");
  command->add_option("--key", o->key, "key_…");
  command->add_option("--provider", o->provider, "Provider instance");
  command->add_option("--model", o->model, "The model that served");
  command->add_option("--from,--since", o->from, "RFC 3339, or YYYY-MM-DD: a day of UTC; inclusive");
  command->add_option("--to,--until", o->to, "RFC 3339 or YYYY-MM-DD, exclusive");
}

}  // namespace tsg::cli
