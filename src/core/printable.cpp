#include "tsg/core/printable.hpp"

#include <algorithm>
#include <array>

namespace tsg {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// RFC 3629: no overlong form, no surrogate, nothing beyond U+10FFFF.
CodePoint code_point(std::string_view s) noexcept {
  auto const lead = static_cast<unsigned char>(s.front());
  if (lead < 0x80) return {lead, 1};
  std::size_t const bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead > 0xf4 || s.size() < bytes) return {};
  char32_t value = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    auto const next = static_cast<unsigned char>(s[i]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3fU);
  }
  bool const surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least[bytes] || surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

struct Range {
  char32_t first, last;
};
// Unicode 15: general categories Cc, Cf, Zl, Zp; noncharacters and private use, which nobody can read.
constexpr std::array<Range, 25> kUnseen{
    {{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},
     {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},
     {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
     {0x13430, 0x1345f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}}};

bool unseen(char32_t c) noexcept {
  return std::ranges::any_of(kUnseen, [c](Range const& r) { return c >= r.first && c <= r.last; });
}

void append_hex_digits(std::string& out, unsigned value, int digits) {
  constexpr char hex[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += hex[value >> shift & 15U];
}

// As JSON does: beyond U+FFFF as a pair of surrogates.
void append_escape(std::string& out, char32_t c) {
  auto const unit = [&](char32_t u) {
    out += "\\u";
    append_hex_digits(out, static_cast<unsigned>(u), 4);
  };
  if (c <= 0xffff) return unit(c);
  unit(0xd800 + ((c - 0x10000) >> 10));
  unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

bool plain(char c) noexcept {
  return c >= 0x20 && c < 0x7f;
}

}  // namespace

std::string printable(std::string_view text, Breaks breaks) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const run = static_cast<std::size_t>(std::ranges::find_if_not(text, plain) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    auto const c = code_point(text);
    bool const kept = breaks == Breaks::kept && c.bytes == 1 &&
                      (c.value == '\n' || c.value == '\t' || text.starts_with("\r\n"));
    if (c.bytes == 0) {
      out += "\\x";
      append_hex_digits(out, static_cast<unsigned char>(text.front()), 2);
    } else if (!kept && unseen(c.value)) {
      append_escape(out, c.value);
    } else {
      out.append(text.substr(0, c.bytes));
    }
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return out;
}

}  // namespace tsg
