// The members of one container, in a text that has been through scan(). Nothing is judged again: strings are
// skipped to their quote, containers to their bracket. An answer is looked at level by level, so its text is
// passed over once for each level; that has to be cheap.
#include <cstring>

#include "json/string_scan.hpp"
#include "tsg/json/document.hpp"

namespace tsg::json {
namespace {

class Skipper {
 public:
  Skipper(std::string_view text, Span range) : text_{text.substr(0, range.end)}, at_{range.begin} {}

  bool children(Scan& out) {
    bool const object = out.root_is_object = peek() == '{';
    if (!object && peek() != '[') return false;
    char const closing = object ? '}' : ']';
    ++at_;
    for (blanks(); peek() != closing; blanks()) {
      Member member;
      if (object) {
        if (peek() != '"') return false;
        member.key_span.begin = at_;
        string();
        member.key_span.end = at_;
        member.key = text_.substr(member.key_span.begin + 1, member.key_span.size() - 2);
        blanks();
        if (peek() != ':') return false;
        ++at_;
        blanks();
      }
      member.value.begin = at_;
      value();
      member.value.end = at_;
      if (member.value.size() == 0) return false;
      out.members.push_back(member);
      blanks();
      if (peek() == ',')
        ++at_;
      else if (peek() != closing)
        return false;
    }
    return true;
  }

 private:
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  static bool blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  void blanks() noexcept {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }

  // Past the quote that an even number of backslashes precedes.
  void string() noexcept {
    auto const* const begin = text_.data() + at_ + 1;
    auto const* const end = text_.data() + text_.size();
    for (auto const* p = begin;; ++p) {
      p = static_cast<char const*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
      if (p == nullptr) {
        at_ = text_.size();
        return;
      }
      auto const* slash = p;
      while (slash != begin && slash[-1] == '\\') --slash;
      if ((p - slash) % 2 == 0) {
        at_ = static_cast<std::size_t>(p - text_.data()) + 1;
        return;
      }
    }
  }

  void value() noexcept {
    auto const first = peek();
    if (first == '"') return string();
    if (first == '{' || first == '[') return container();
    while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' &&
           text_[at_] != '}')
      ++at_;
  }

  void container() noexcept {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      auto const c = text_[at_];
      if (c == '"') {
        string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (--depth == 0) return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_;
};

bool escaped(Member const& m) noexcept {
  return m.key.find('\\') != std::string_view::npos;
}

// Keys are compared by what they say, however they are spelt.
void decode_keys(Scan& scan) {
  std::size_t n = 0;
  for (auto const& m : scan.members) n += escaped(m);
  if (n == 0) return;
  scan.decoded.reserve(n);  // the views stay where they are
  for (auto& m : scan.members) {
    if (!escaped(m)) continue;
    auto& said = scan.decoded.emplace_back();
    append_unescaped(said, m.key);
    m.key = said;
  }
}

}  // namespace

Result<Scan> scan_children(std::string_view text, Span container) {
  Scan result;
  result.members.reserve(12);  // more than most objects of an answer have
  if (!Skipper{text, container}.children(result))
    return Error{Errc::internal}.log("children of a text that was not scanned");
  decode_keys(result);
  return result;
}

}  // namespace tsg::json
