#include "json/string_scan.hpp"

#include <algorithm>

#include "json/plain_run.hpp"
#include "json/utf8.hpp"

namespace tsg::json {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hex digits at text[at]; -1 if they are not there.
int code_unit(std::string_view text, std::size_t at) noexcept {
  if (text.size() < 4 || at > text.size() - 4) return -1;
  int unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    auto const digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(int unit) noexcept {
  return unit >= 0xd800 && unit <= 0xdbff;
}
bool is_low(int unit) noexcept {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

// The low half that must follow a high one: "\uDC00" … at text[at]; -1 if it is not there.
int low_half(std::string_view text, std::size_t at) noexcept {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  auto const unit = code_unit(text, at + 2);
  return is_low(unit) ? unit : -1;
}

void append_code_point(std::string& out, unsigned c) {
  auto const put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// The escape whose backslash is at text[at]: its length, or 0 with the rule it breaks.
std::size_t escape_length(std::string_view text, std::size_t at, char const*& broken) noexcept {
  if (at + 1 < text.size()) {
    switch (text[at + 1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        return 2;
      case 'u': {
        auto const unit = code_unit(text, at + 2);
        if (unit < 0) break;
        if (!is_high(unit) && !is_low(unit)) return 6;
        if (is_high(unit) && low_half(text, at + 6) >= 0) return 12;
        broken = "unpaired surrogate in an escape";
        return 0;
      }
      default:
        break;
    }
  }
  broken = "invalid escape";
  return 0;
}

}  // namespace

StringEnd scan_string(std::string_view text, std::size_t at) noexcept {
  StringEnd result;
  auto const* const begin = text.data();
  auto const* const end = begin + text.size();
  for (;;) {
    at = static_cast<std::size_t>(skip_plain(begin + at, end) - begin);
    if (at == text.size()) {
      result.broken = "unterminated string";
      break;
    }
    auto const c = static_cast<unsigned char>(text[at]);
    if (c == '"') {
      result.end = at + 1;
      return result;
    }
    if (c == '\\') {
      auto const length = escape_length(text, at, result.broken);
      if (length == 0) break;
      result.escaped = true;
      at += length;
    } else if (c >= 0x80) {
      auto const step = utf8_step(text, at);
      if (!step.ok) {
        result.broken = "invalid UTF-8";
        break;
      }
      at += step.length;
    } else {
      result.broken = "control character in a string";
      break;
    }
  }
  result.end = at;
  return result;
}

void append_unescaped(std::string& out, std::string_view inside) {
  for (std::size_t at = 0; at < inside.size();) {
    auto const slash = std::min(inside.find('\\', at), inside.size());
    out.append(inside.substr(at, slash - at));
    if (slash == inside.size()) return;
    at = slash + 2;
    switch (inside[slash + 1]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        auto const unit = code_unit(inside, at);
        at += 4;
        if (is_high(unit)) {
          auto const low = low_half(inside, at);
          append_code_point(out, 0x10000u + (static_cast<unsigned>(unit - 0xd800) << 10) +
                                     static_cast<unsigned>(low - 0xdc00));
          at += 6;
        } else {
          append_code_point(out, static_cast<unsigned>(unit));
        }
        break;
      }
      default:
        out += inside[slash + 1];
    }
  }
}

}  // namespace tsg::json
