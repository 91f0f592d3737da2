#include "cli/unknown_word.hpp"

#include <algorithm>

#include "tsg/core/nearest.hpp"

namespace tsg::cli {
namespace {

std::vector<CLI::App const*> commands_of(CLI::App const& app) {
  return app.get_subcommands([](CLI::App const*) { return true; });
}

std::string way_out(std::string const& group, std::string const& word,
                    std::vector<CLI::App const*> const& all) {
  std::vector<std::string> names;
  for (auto const* command : all) names.push_back(command->get_name());
  std::vector<std::string_view> const views{names.begin(), names.end()};
  auto const near = nearest(word, views, 1);
  if (!near.empty()) return "did you mean '" + std::string{near.front()} + "'?";
  if (names.size() > 8) return "see '" + group + " --help'";
  std::string list;
  for (auto const& name : names) list += (list.empty() ? "" : ", ") + name;
  return "there are: " + list;
}

}  // namespace

std::optional<std::string> unknown_word(CLI::App const& app, std::vector<std::string> const& words) {
  auto const* at = &app;
  std::string group = app.get_name();
  for (auto const& word : words) {
    auto const all = commands_of(*at);
    if (all.empty() || word.starts_with('-')) return std::nullopt;
    auto const next = std::find_if(all.begin(), all.end(),
                                   [&](CLI::App const* command) { return command->get_name() == word; });
    if (next == all.end())
      return "'" + word + "' is not a command of '" + group + "'; " + way_out(group, word, all);
    at = *next;
    group += ' ' + word;
  }
  return std::nullopt;
}

}  // namespace tsg::cli
