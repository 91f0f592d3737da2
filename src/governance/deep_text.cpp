#include "governance/deep_text.hpp"

#include "json/string_scan.hpp"
#include "tsg/governance/filter.hpp"

namespace tsg::governance {
namespace {

// The code unit of `uXXXX` at `at`; -1: none stands there.
int unit_at(std::string_view text, std::size_t at) noexcept {
  if (at + 5 > text.size() || text[at] != 'u') return -1;
  int unit = 0;
  for (char const c : text.substr(at + 1, 4)) {
    int const digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool high(int unit) noexcept {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool low(int unit) noexcept {
  return unit >= 0xdc00 && unit < 0xe000;
}

// What the escape at `at`, behind its backslash, stands for; the bytes it has.
std::size_t undo(std::string_view text, std::size_t at, std::string& out) {
  auto const unit = unit_at(text, at);
  std::size_t bytes = unit < 0 ? 1 : 5;
  if (high(unit) && text.substr(at + 5).starts_with('\\') && low(unit_at(text, at + 6)))
    bytes = 11;
  else if (high(unit) || low(unit))
    return bytes;  // half a character
  json::append_unescaped(out, "\\" + std::string{text.substr(at, bytes)});
  return bytes;
}

}  // namespace

bool too_deep(std::string_view text) noexcept {
  JsonPlace place;
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!place.in_string()) {
      if (text[i] == '[' || text[i] == '{') {
        if (++open > kDepthMost) return true;
      } else if ((text[i] == ']' || text[i] == '}') && open > 0) {
        --open;
      }
    }
    place.pass(text.substr(i, 1));
  }
  return false;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool escaped = false;
  for (std::size_t at = 0; at < text.size();) {
    // A backslash may stand for one of the next level, or be spelt itself.
    bool const spelt = escaped && unit_at(text, at) == '\\';
    if (spelt || text[at] == '\\') {
      escaped = true;
      at += spelt ? 5 : 1;
    } else if (escaped) {
      at += undo(text, at, out);
      escaped = false;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace tsg::governance
