#include <algorithm>
#include <cassert>

#include "tsg/json/document.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::json {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t after_blanks(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// The length of `out` without the blanks at its end.
std::size_t solid_size(std::string_view out) noexcept {
  while (!out.empty() && is_blank(out.back())) out.remove_suffix(1);
  return out.size();
}

}  // namespace

void Edits::replace(Span span, std::string text) {
  edits_.emplace_back(Kind::replace, span, std::move(text));
}

void Edits::erase_member(std::string_view, Member const& member) {
  auto const begin = member.key_span.size() != 0 ? member.key_span.begin : member.value.begin;
  edits_.emplace_back(Kind::erase, Span{begin, member.value.end}, std::string{});
}

void Edits::append_member(std::string_view text, Span object, std::string_view key,
                          std::string_view raw_value) {
  assert(object.size() >= 2 && text[object.end - 1] == '}');
  (void)text;
  std::string member;
  member.reserve(key.size() + raw_value.size() + 3);
  append_string(member, key);
  member += ':';
  member += raw_value;
  edits_.emplace_back(Kind::append, Span{object.end - 1, object.end - 1}, std::move(member));
}

// Commas are decided by what has been written so far, so that erased neighbours, replaced neighbours and
// several appended members need no knowledge of each other.
void Edits::write(Edit const& edit, std::string_view text, std::string& out, std::size_t& at) {
  at = edit.span.end;
  switch (edit.kind) {
    case Kind::replace:
      out += edit.text;
      break;
    case Kind::append:
      if (auto const n = solid_size(out); n != 0 && out[n - 1] != '{') out.insert(n, 1, ',');
      out += edit.text;
      break;
    case Kind::erase:
      if (auto const next = after_blanks(text, at); next < text.size() && text[next] == ',') {
        at = after_blanks(text, next + 1);
      } else if (auto const n = solid_size(out); n != 0 && out[n - 1] == ',') {
        out.resize(n - 1);
      }
      break;
  }
}

std::string Edits::apply(std::string_view text) const {
  std::string out;
  apply_to(text, out);
  return out;
}

std::size_t Edits::apply_to(std::string_view text, std::string& out, std::size_t place) const {
  auto const before = [](Edit const& a, Edit const& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end < b.span.end;
  };
  auto size = text.size() + 64;
  for (auto const& edit : edits_) size += edit.text.size();
  out.clear();
  out.reserve(size);
  std::size_t at = 0, moved = place;
  auto const copy = [&](std::size_t end) {
    if (at <= place && place < end) moved = out.size() + (place - at);
    out.append(text.substr(at, end - at));
  };
  auto const one = [&](Edit const& edit) {
    assert(edit.span.begin >= at && edit.span.end <= text.size());
    copy(edit.span.begin);
    write(edit, text, out, at);
  };
  if (std::is_sorted(edits_.begin(), edits_.end(), before)) {  // nearly always
    for (auto const& edit : edits_) one(edit);
  } else {
    std::vector<Edit const*> order;
    order.reserve(edits_.size());
    for (auto const& edit : edits_) order.push_back(&edit);
    std::ranges::stable_sort(order, [&](Edit const* a, Edit const* b) { return before(*a, *b); });
    for (auto const* edit : order) one(*edit);
  }
  copy(text.size());
  return moved;
}

}  // namespace tsg::json
