// Text of others on a terminal: what would move the cursor, ring, recolour or reorder what is read is shown
// as an escape.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tsg {

enum class Breaks : std::uint8_t { escaped, kept };  // kept: line breaks and tabs stay, for whole documents

// Controls (C0, DEL, C1), marks of direction, and what takes no place or breaks a line unseen (Unicode's Cc,
// Cf, Zl, Zp) come out as JSON writes them, `\u001b`, so that JSON stays the same JSON; bytes that are not
// UTF-8 as `\xff`. Everything else stays as it is.
std::string printable(std::string_view text, Breaks breaks = Breaks::escaped);

}  // namespace tsg
