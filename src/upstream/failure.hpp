// The errors of this folder, made in one place. What the client reads never holds an address or a key; the
// log text says which wait or which byte it was.
#pragma once
#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::upstream {

enum class Wait : std::uint8_t { none, dial, write, first_byte, idle, total };  // which deadline
std::string_view to_string(Wait wait) noexcept;

Error not_reached(std::string log);  // 503, nothing was sent
Error cut_off(std::string log);      // 502, the request may have been processed
Error malformed(std::string log);    // 502, the same
Error timed_out(Wait wait, bool dispatched);
Error unsendable(std::string log);  // a bug of ours: the request would break its framing

}  // namespace tsg::upstream
