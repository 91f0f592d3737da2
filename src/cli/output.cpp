#include "cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tsg/core/printable.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

// One of several in a cell: a thing is told by its name.
std::string item(nlohmann::ordered_json const& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object())
    if (auto const name = value.find("name"); name != value.end() && name->is_string())
      return name->get<std::string>();
  return json::to_text(value);
}

std::string cell(nlohmann::ordered_json const& row, std::string const& column) {
  auto const it = row.find(column);
  if (it == row.end() || it->is_null()) return "-";
  if (it->is_string()) return it->get<std::string>();
  if (it->is_array()) {
    std::string all;
    for (auto const& v : *it) all += (all.empty() ? "" : ",") + item(v);
    return all.empty() ? "-" : all;
  }
  return it->dump();
}

// Columns on a terminal, not bytes: continuation bytes of UTF-8 take no place.
std::size_t width_of(std::string const& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string table(nlohmann::ordered_json const& rows, std::vector<std::string> const& columns) {
  std::vector<std::vector<std::string>> cells;
  auto& head = cells.emplace_back();
  for (auto const& c : columns) {
    std::string name = c;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char ch) { return ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 32) : ch; });
    head.push_back(printable(name));
  }
  for (auto const& row : rows) {
    auto& line = cells.emplace_back();
    for (auto const& c : columns) line.push_back(printable(cell(row, c)));
  }
  std::vector<std::size_t> width(columns.size());
  for (auto const& line : cells)
    for (std::size_t i = 0; i < line.size(); ++i) width[i] = std::max(width[i], width_of(line[i]));
  std::string out;
  for (auto const& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) out.append(width[i] - width_of(line[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

void put(std::string_view text) {
  auto const shown = isatty(STDOUT_FILENO) == 1 ? printable(text, Breaks::kept) : std::string{text};
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

}  // namespace tsg::cli
