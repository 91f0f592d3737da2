// What parse_usd takes, in words: "'x' must be …".
#pragma once
#include <string_view>

namespace tsg {

inline constexpr std::string_view kUsdRule =
    "a decimal string in quotes such as \"100.00\", at most 9223372036 and with at most nine decimals";

}  // namespace tsg
