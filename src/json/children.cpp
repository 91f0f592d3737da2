// The members of one container, in a text that has been through scan(). Nothing is judged again: strings are
// skipped to their quote, containers to their bracket. An answer is looked at level by level, so its text is
// passed over once for each level; that has to be cheap.
#include <algorithm>

#include "json/skip_string.hpp"
#include "json/string_scan.hpp"
#include "tsg/json/document.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::json {
namespace {

class Skipper {
 public:
  Skipper(std::string_view text, Span range, Outline const* outline)
      : text_{text.substr(0, range.end)}, at_{range.begin}, outline_{outline} {}

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

  void string() noexcept { at_ = skip_string(text_, at_); }

  void value() noexcept {
    auto const first = peek();
    if (first == '"') return string();
    if (first == '{' || first == '[') return container();
    while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' &&
           text_[at_] != '}')
      ++at_;
  }

  void container() noexcept {
    if (outline_ != nullptr) {
      at_ = outline_->end_of(at_);
      return;
    }
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
  Outline const* outline_;
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

Result<> children_of(std::string_view text, Span container, Outline const* outline, Scan& scan) {
  scan.clear();
  scan.members.reserve(12);  // more than most objects of an answer have
  if (!Skipper{text, container, outline}.children(scan))
    return Error{Errc::internal}.log("children of a text that was not scanned");
  decode_keys(scan);
  return boost::system::in_place_value;
}

Result<Scan> children_of(std::string_view text, Span container, Outline const* outline) {
  Scan scan;
  auto const done = children_of(text, container, outline, scan);
  return done ? Result<Scan>{std::move(scan)} : Result<Scan>{done.error()};
}

}  // namespace

Result<Scan> scan_children(std::string_view text, Span container) {
  return children_of(text, container, nullptr);
}
Result<Scan> scan_children(std::string_view text, Span container, Outline const& outline) {
  return children_of(text, container, &outline);
}
Result<> scan_children_into(std::string_view text, Span container, Scan& scan) {
  return children_of(text, container, nullptr, scan);
}
Result<> scan_children_into(std::string_view text, Span container, Outline const& outline, Scan& scan) {
  return children_of(text, container, &outline, scan);
}

Outline::Outline(std::string_view text) {
  using Kind = Tokens::Kind;
  std::vector<std::size_t> open;
  Tokens tokens{text, {0, text.size()}};
  for (auto token = tokens.next(); token.kind != Kind::end; token = tokens.next()) {
    if (token.kind == Kind::begin_object || token.kind == Kind::begin_array) {
      open.push_back(spans_.size());
      spans_.push_back(token.span);
    } else if ((token.kind == Kind::end_object || token.kind == Kind::end_array) && !open.empty()) {
      spans_[open.back()].end = token.span.end;
      open.pop_back();
    }
  }
}

std::size_t Outline::end_of(std::size_t begin) const noexcept {
  auto const at = std::ranges::lower_bound(spans_, begin, {}, &Span::begin);
  return at != spans_.end() && at->begin == begin ? at->end : begin;
}

}  // namespace tsg::json
