// Rows as bytes to be hashed: each value ends in a line end, and a text says its length first, so that no two
// rows have the same bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/core/bytes.hpp"

namespace tsg::store {

inline void put_number(std::string& out, std::optional<std::int64_t> value) {
  if (value)
    append_int(out, *value);
  else
    out += '-';
  out += '\n';
}
inline void put_text(std::string& out, std::string_view text) {
  append_int(out, static_cast<std::int64_t>(text.size()));
  out += ':';
  out += text;
  out += '\n';
}
inline void put_hex(std::string& out, std::span<std::uint8_t const> bytes) {
  append_hex(out, bytes);
  out += '\n';
}

}  // namespace tsg::store
