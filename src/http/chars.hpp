// What bytes may stand where (RFC 9110 §5.6.2, RFC 3986), as one table.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tsg::http {

enum CharClass : std::uint8_t {
  token_char = 1,   // field names, methods
  value_char = 2,   // field values: HTAB, SP, VCHAR; obs-text only in responses
  target_char = 4,  // request target: VCHAR without '#'
  host_char = 8,    // reg-name and IPv4: unreserved, sub-delims, '%'
};

inline constexpr auto char_classes = [] {
  std::array<std::uint8_t, 256> table{};
  auto const add = [&](std::string_view chars, CharClass bit) {
    for (unsigned char c : chars) table[c] |= bit;
  };
  constexpr std::string_view alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  add(alnum, token_char);
  add("!#$%&'*+-.^_`|~", token_char);
  add(alnum, host_char);
  add("-._~!$&'()*+,;=%", host_char);
  for (unsigned c = 0x20; c < 0x7f; ++c) table[c] |= value_char;
  table['\t'] |= value_char;
  for (unsigned c = 0x21; c < 0x7f; ++c)
    if (c != '#') table[c] |= target_char;
  return table;
}();

inline bool is(char c, CharClass what) noexcept {
  return (char_classes[static_cast<unsigned char>(c)] & what) != 0;
}

inline std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace tsg::http
