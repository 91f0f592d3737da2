// Text forms of bytes, and the small text helpers everybody needs.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsg {

using Bytes = std::vector<std::uint8_t>;
using Digest = std::array<std::uint8_t, 32>;  // SHA-256 or HMAC-SHA-256

std::string to_hex(std::span<std::uint8_t const> bytes);
void append_hex(std::string& out, std::span<std::uint8_t const> bytes);
std::optional<Bytes> from_hex(std::string_view text);        // even length, either case
std::string to_base64(std::span<std::uint8_t const> bytes);  // standard alphabet, padded
std::optional<Bytes> from_base64(std::string_view text);     // strict: padding required, no blanks

inline std::span<std::uint8_t const> as_bytes(std::string_view s) noexcept {
  return {reinterpret_cast<std::uint8_t const*>(s.data()), s.size()};
}

void append_uint(std::string& out, std::uint64_t value);
void append_int(std::string& out, std::int64_t value);
bool iequals(std::string_view a, std::string_view b) noexcept;  // ASCII
// `pattern` with `*` = any run of characters, `/` included. Linear time in practice, no recursion.
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

// ASCII, whatever the locale.
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace tsg
