// A JSON text that has been through scan(), token by token: one pass however deep it is nested, no recursion,
// nothing judged again and nothing kept.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tsg/json/document.hpp"

namespace tsg::json {

class Tokens {
 public:
  enum class Kind : std::uint8_t {
    begin_object,
    end_object,
    begin_array,
    end_array,
    key,
    string,
    number,
    word,
    end
  };
  struct Token {
    Kind kind = Kind::end;  // word: true, false, null; end: also of a text that is none
    Span span;              // of strings and keys with their quotes
  };
  // The value at `range`, with all that is in it.
  Tokens(std::string_view text, Span range) noexcept : text_{text.substr(0, range.end)}, at_{range.begin} {}
  Token next() noexcept;

 private:
  std::string_view text_;
  std::size_t at_;
};

// What a string says: `quoted` with its quotes.
std::string unquoted(std::string_view quoted);

}  // namespace tsg::json
