#include "cli/verbs/shared.hpp"

#include <cstdio>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"

namespace tsg::cli {

int fail(Error const& error) {
  std::fprintf(stderr, "tsg: %s\n", std::string{error.message()}.c_str());
  return 1;
}

int show(Options const& o, Json const& rows, Columns const& columns) {
  if (o.output == "json")
    std::printf("%s\n", rows.dump(2).c_str());
  else
    std::fputs(table(rows.is_array() ? rows : Json::array({rows}), columns).c_str(), stdout);
  return 0;
}

int call(Options const& o, char const* method, std::string const& path, Json const& body,
         Columns const& columns) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto answer = client->json(method, path, body);
  if (!answer) return fail(answer.error());
  return show(o, *answer, columns);
}

int list(Options const& o, std::string path, Columns const& columns) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto all = client->all(std::move(path));
  if (!all) return fail(all.error());
  return show(o, *all, columns);
}

std::string filters(Options const& o) {
  std::string query;
  for (auto const& [name, value] :
       {std::pair{"org", o.org}, {"team", o.team}, {"environment", o.environment}})
    if (!value.empty())
      query += (query.empty() ? "?" : "&") + std::string{name} + "=" + percent_encoded(value);
  return query;
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

}  // namespace tsg::cli
