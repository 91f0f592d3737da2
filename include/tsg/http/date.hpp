// Dates of HTTP (RFC 9110 §5.6.7). No clock.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsg::http {

// Unix seconds of any of the three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
// (years of two digits: 1970 to 2069), "Sun Nov  6 08:49:37 1994". nullopt for anything else.
std::optional<std::int64_t> parse_date(std::string_view text) noexcept;
// The first form.
std::string format_date(std::int64_t unix_seconds);

}  // namespace tsg::http
