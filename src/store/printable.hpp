// Text of doubtful origin on its way to a terminal or a log: names in a database file may hold any bytes.
#pragma once
#include <string>
#include <string_view>

namespace tsg::store {

// Printable ASCII stays, everything else becomes '?'; at most 200 bytes.
inline std::string printable(std::string_view text) {
  constexpr std::size_t most = 200;
  std::string out;
  for (char const c : text.substr(0, most)) out += c >= 0x20 && c < 0x7f ? c : '?';
  if (text.size() > most) out += "...";
  return out;
}

}  // namespace tsg::store
