#include "cli/explain.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "tsg/core/printable.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string plain(Json const& value) {
  return value.is_string() ? value.get<std::string>() : json::to_text(value);
}

// {"input":12,"output":34} → "input 12, output 34"; documents stay JSON.
std::string one_line(Json const& value) {
  bool const flat = value.is_object() &&
                    std::none_of(value.begin(), value.end(), [](Json const& v) { return v.is_structured(); });
  if (!flat) return plain(value);
  std::string out;
  for (auto const& [name, v] : value.items()) out += (out.empty() ? "" : ", ") + name + " " + plain(v);
  return out;
}

bool is_rows(Json const& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

// The members of all rows, in the order in which they are met.
std::vector<std::string> columns_of(Json const& rows) {
  std::vector<std::string> out;
  for (auto const& row : rows)
    for (auto const& [name, value] : row.items())
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  return out;
}

}  // namespace

std::string explained(Json const& record) {
  std::size_t width = 0;
  for (auto const& [member, value] : record.items())
    if (!is_rows(value)) width = std::max(width, printable(member).size());
  std::string out, tables;
  for (auto const& [member, value] : record.items()) {
    auto const name = printable(member);
    if (is_rows(value)) {
      tables += "\n" + name + "\n" + table(value, columns_of(value));
      continue;
    }
    out += name + std::string(width - name.size() + 2, ' ') + printable(one_line(value)) + "\n";
  }
  return out + tables;
}

}  // namespace tsg::cli
