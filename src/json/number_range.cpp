#include "json/number_range.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace tsg::json {
namespace {

constexpr std::string_view kSpelling = "+-.0123456789eE";

template <class T>
bool fits(std::string_view token) noexcept {
  T value{};
  auto const [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  return error == std::errc{} && end == token.data() + token.size();
}

// Too small is 0 to every reader; too large is nothing.
bool too_large(std::string_view token) noexcept {
  double value = 0;
  auto const read = std::from_chars(token.data(), token.data() + token.size(), value);
  if (read.ec != std::errc::result_out_of_range) return false;
  auto const exponent = token.find_first_of("eE");
  return exponent == token.npos || token[exponent + 1] != '-';
}

// The end of the string whose opening quote is at `at`.
std::size_t after_string(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

}  // namespace

std::optional<Unfit> find_unfit_number(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    char const c = text[at];
    if (c == '"') {
      at = after_string(text, at);
      continue;
    }
    if (c != '-' && (c < '0' || c > '9')) {
      ++at;
      continue;
    }
    auto const end = std::min(text.find_first_not_of(kSpelling, at), text.size());
    auto const token = text.substr(at, end - at);
    bool const integer = token.find_first_of(".eE") == token.npos;
    if (integer && !fits<std::int64_t>(token) && !fits<std::uint64_t>(token)) return Unfit{at, true};
    if (!integer && too_large(token)) return Unfit{at, false};
    at = end;
  }
  return std::nullopt;
}

}  // namespace tsg::json
