// The README's table is made from the adapters' own tables, so that it cannot say anything else than they do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace parameter_table_test {

constexpr std::string_view kBegin = "<!-- parameters:begin -->\n", kEnd = "<!-- parameters:end -->";

std::filesystem::path readme() {
  return std::filesystem::path{__FILE__}.parent_path() / "../../../src/providers/README.md";
}
std::string slurp(std::filesystem::path const& file) {
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// OpenAI's table is empty: it is the client's dialect, and everything is passed on.
std::vector<std::string_view> foreign() {
  auto all = dialects();
  std::erase_if(all, [](auto name) { return adapter_for(name)->parameters().empty(); });
  return all;
}

std::string cell(std::span<Parameter const> table, std::string_view name) {
  auto const known = std::ranges::find(table, name, &Parameter::name);
  if (known == table.end()) return "refused";
  std::string out = known->fate == Fate::mapped    ? "mapped"
                    : known->fate == Fate::dropped ? "dropped"
                    : known->fate == Fate::waived  ? "waived"
                                                   : "refused";
  if (!known->note.empty()) out += ": " + std::string{known->note};
  std::ranges::replace(out, '|', '/');
  return out;
}

std::string table() {
  std::vector<std::string_view> names;
  for (auto const dialect : foreign())
    for (auto const& p : adapter_for(dialect)->parameters())
      if (std::ranges::find(names, p.name) == names.end()) names.push_back(p.name);
  std::string head = "| parameter |", rule = "|---|", out;
  for (auto const dialect : foreign()) {
    head += " " + std::string{dialect} + " |";
    rule += "---|";
  }
  out = head + "\n" + rule + "\n";
  for (auto const name : names) {
    out += "| `" + std::string{name} + "` |";
    for (auto const dialect : foreign()) out += " " + cell(adapter_for(dialect)->parameters(), name) + " |";
    out += "\n";
  }
  return out;
}

TEST(ParameterTable, IsWhatTheReadmeSays) {
  auto text = slurp(readme());
  auto const begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  auto const at = begin + kBegin.size();
  auto const wanted = foreign().empty() ? "" : table();
  if (std::getenv("TSG_WRITE_README")) {
    text.replace(at, end - at, wanted);
    std::ofstream{readme()} << text;
    return;
  }
  EXPECT_EQ(text.substr(at, end - at), wanted)
      << "put the second text between the markers of src/providers/README.md";
}

TEST(ParameterTable, NamesEachParameterOnceAndGivesEachRefusalAReason) {
  for (auto const dialect : foreign()) {
    std::vector<std::string_view> seen;
    for (auto const& p : adapter_for(dialect)->parameters()) {
      EXPECT_EQ(std::ranges::count(seen, p.name), 0) << dialect << " " << p.name;
      seen.push_back(p.name);
      EXPECT_TRUE(p.fate == Fate::mapped || !p.note.empty()) << dialect << " " << p.name;
    }
  }
}

}  // namespace parameter_table_test
}  // namespace tsg::providers
