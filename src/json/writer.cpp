#include "tsg/json/writer.hpp"

#include <charconv>

#include "json/plain_run.hpp"
#include "json/utf8.hpp"

namespace tsg::json {
namespace {

void append_escape(std::string& out, unsigned char c) {
  constexpr char const* hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  auto const* const begin = text.data();
  auto const* const end = begin + text.size();
  for (auto const* p = begin; p != end;) {
    auto const* const run = p;
    p = skip_plain(p, end);
    while (p != end && static_cast<unsigned char>(*p) >= 0x80) {  // well-formed text joins the run
      auto const step = utf8_step(text, static_cast<std::size_t>(p - begin));
      if (!step.ok) break;
      p = skip_plain(p + step.length, end);
    }
    out.append(run, p);
    if (p == end) break;
    if (static_cast<unsigned char>(*p) < 0x80) {
      append_escape(out, static_cast<unsigned char>(*p++));
    } else {
      out += "\xef\xbf\xbd";
      p += utf8_step(text, static_cast<std::size_t>(p - begin)).length;
    }
  }
  out += '"';
}

Writer& Writer::integer(std::int64_t value) {
  comma();
  char digits[24];
  auto const done = std::to_chars(digits, digits + sizeof digits, value);
  out_.append(digits, done.ptr);
  return *this;
}

}  // namespace tsg::json
