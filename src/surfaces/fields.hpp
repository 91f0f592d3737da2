// Typed reading of a client's members: what is wrong is named, `null` is absent.
#pragma once
#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/conversation/errors.hpp"
#include "tsg/core/error.hpp"

namespace tsg::surfaces {

namespace dom = simdjson::dom;

using conversation::indexed;
using conversation::wrong;

// False if absent or null.
bool present(dom::object object, std::string_view key, dom::element& value) noexcept;

// Absent and null leave `into` as it was. `at` is the path before the key: "" or "messages[2].".
Result<> read_bool(dom::object object, std::string_view at, std::string_view key, bool& into);
Result<> read_text(dom::object object, std::string_view at, std::string_view key, std::string& into);
// 1.0 is an integer to many clients; 1.5 and 1e400 are not (JSON-4).
Result<> read_integer(dom::object object, std::string_view key, std::int64_t low, std::int64_t high,
                      std::optional<std::int64_t>& into);

enum class Kind : std::uint8_t { boolean, number, integer, text, list, object, text_or_object, text_or_list };
Result<> check_kind(dom::object object, std::string_view at, std::string_view key, Kind kind);

}  // namespace tsg::surfaces
