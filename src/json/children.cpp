// The members of one container, in a text that has been through scan(). Nothing is judged again: strings are
// skipped to their quote, containers to their bracket. An answer is looked at level by level, so its text is
// passed over once for each level; that has to be cheap.
#include <algorithm>

#include "json/skip_string.hpp"
#include "json/string_scan.hpp"
#include "tsg/json/children.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::json {
namespace {

bool blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

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
  Children children{text, container, outline};
  scan.root_is_object = children.object();
  for (Member member; children.next(member);) scan.members.push_back(member);
  if (children.broken()) return Error{Errc::internal}.log("children of a text that was not scanned");
  decode_keys(scan);
  return boost::system::in_place_value;
}

Result<Scan> children_of(std::string_view text, Span container, Outline const* outline) {
  Scan scan;
  auto const done = children_of(text, container, outline, scan);
  if (!done) return done.error();
  return scan;
}

}  // namespace

Children::Children(std::string_view text, Span container, Outline const* outline) noexcept
    : text_{text.substr(0, container.end)}, at_{container.begin}, outline_{outline} {
  if (peek() == '{') closing_ = '}';
  if (peek() == '[') closing_ = ']';
  broken_ = closing_ == '\0';
  ++at_;
  blanks();
}

bool Children::stop(bool broken) noexcept {
  closing_ = '\0';
  broken_ |= broken;
  return false;
}

bool Children::next(Member& member) noexcept {
  if (closing_ == '\0') return false;
  if (peek() == closing_) return stop(false);
  member.key = {};
  member.key_span = {};
  if (object()) {
    if (peek() != '"') return stop(true);
    member.key_span = {at_, skip_string(text_, at_)};
    at_ = member.key_span.end;
    member.key = text_.substr(member.key_span.begin + 1, member.key_span.size() - 2);
    blanks();
    if (peek() != ':') return stop(true);
    ++at_;
    blanks();
  }
  member.value.begin = at_;
  value();
  member.value.end = at_;
  if (member.value.size() == 0) return stop(true);
  blanks();
  if (peek() == ',')
    ++at_;
  else if (peek() != closing_)
    return stop(true);
  blanks();
  return true;
}

void Children::blanks() noexcept {
  while (at_ < text_.size() && blank(text_[at_])) ++at_;
}

void Children::value() noexcept {
  auto const first = peek();
  if (first == '"') {
    at_ = skip_string(text_, at_);
    return;
  }
  if (first != '{' && first != '[') {
    while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' &&
           text_[at_] != '}')
      ++at_;
    return;
  }
  if (outline_ != nullptr) {
    at_ = outline_->end_of(at_);
    return;
  }
  std::size_t depth = 0;
  while (at_ < text_.size()) {
    auto const c = text_[at_];
    if (c == '"') {
      at_ = skip_string(text_, at_);
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

bool says(std::string_view key, std::string_view name) {
  if (key.find('\\') == std::string_view::npos) return key == name;
  std::string said;
  append_unescaped(said, key);
  return said == name;
}

std::string_view member_of(std::string_view object, std::string_view name) {
  std::string_view found;
  if (object.empty() || object.front() != '{') return found;
  Children children{object};
  for (Member member; children.next(member);)
    if (says(member.key, name)) found = object.substr(member.value.begin, member.value.size());
  return found;
}

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
