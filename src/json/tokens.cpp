#include "tsg/json/tokens.hpp"

#include "json/skip_string.hpp"
#include "json/string_scan.hpp"

namespace tsg::json {
namespace {

bool parts_tokens(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':';
}
bool ends_word(char c) noexcept {
  return parts_tokens(c) || c == '}' || c == ']';
}

}  // namespace

Tokens::Token Tokens::next() noexcept {
  while (at_ < text_.size() && parts_tokens(text_[at_])) ++at_;
  if (at_ >= text_.size()) return {Kind::end, {text_.size(), text_.size()}};
  auto const begin = at_;
  auto const one = [&](Kind kind) {
    ++at_;
    return Token{kind, {begin, at_}};
  };
  switch (text_[at_]) {
    case '{':
      return one(Kind::begin_object);
    case '}':
      return one(Kind::end_object);
    case '[':
      return one(Kind::begin_array);
    case ']':
      return one(Kind::end_array);
    case '"': {
      at_ = skip_string(text_, at_);
      // A colon behind it makes it a member's name.
      auto const colon = text_.find_first_not_of(" \n\r\t", at_);
      bool const key = colon != std::string_view::npos && text_[colon] == ':';
      return {key ? Kind::key : Kind::string, {begin, at_}};
    }
    default: {
      while (at_ < text_.size() && !ends_word(text_[at_])) ++at_;
      bool const number = text_[begin] == '-' || (text_[begin] >= '0' && text_[begin] <= '9');
      return {number ? Kind::number : Kind::word, {begin, at_}};
    }
  }
}

std::string unquoted(std::string_view quoted) {
  std::string out;
  auto const inside = quoted.substr(1, quoted.size() - 2);
  out.reserve(inside.size());
  append_unescaped(out, inside);
  return out;
}

}  // namespace tsg::json
