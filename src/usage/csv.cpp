#include "usage/csv.hpp"

namespace tsg::usage {

void append_text(std::string& out, std::string_view value) {
  if (value.empty()) return;  // null: nothing, and no quotes
  bool const formula = std::string_view{"=+-@\t\r"}.find(value.front()) != std::string_view::npos ||
                       value.front() == '\0' || value.front() == '\n';
  bool const quote = formula || value.find_first_of(",\"\r\n") != std::string_view::npos ||
                     value.front() == ' ' || value.back() == ' ';
  if (quote) out += '"';
  if (formula) out += '\'';
  for (char const c : value) {
    if (c == '\0') continue;
    if (c == '"') out += '"';
    out += c;
  }
  if (quote) out += '"';
}

void append_number(std::string& out, std::string_view value) {
  out += value;
}

}  // namespace tsg::usage
