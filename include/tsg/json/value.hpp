// JSON as values to build and read at leisure: documents of the admin API, catalogue, records. Never a
// request's body or a provider's answer (document.hpp). The two functions that cost seconds of compile time
// in every file that calls them, nlohmann's parse and dump, are compiled once, in value.cpp; who reads
// members includes <nlohmann/json.hpp>.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tsg::json {

using Value = nlohmann::json;            // members sorted by name: one spelling for one meaning
using Ordered = nlohmann::ordered_json;  // members in the order in which they were written

// Text from outside: what is no JSON gives a discarded value (`is_discarded()`). Of two equal members of an
// object the last one counts; who must not let that pass gives `twice`, which gets their names.
Value parse_value(std::string_view text);
Ordered parse_ordered(std::string_view text);
Value parse_value(std::string_view text, std::vector<std::string>& twice);
Ordered parse_ordered(std::string_view text, std::vector<std::string>& twice);

// Text that this program wrote: throws nlohmann::json::exception where it is broken, which is a bug.
Value own_value(std::string_view text);
Ordered own_ordered(std::string_view text);

// Compact JSON; `indent` >= 0: lines of that many spaces. Throws on text that is no UTF-8.
std::string to_text(Value const& value, int indent = -1);
std::string to_text(Ordered const& value, int indent = -1);
// The same for text of doubtful origin: what is no UTF-8 becomes U+FFFD.
std::string to_text_lossy(Value const& value);
std::string to_text_lossy(Ordered const& value);

}  // namespace tsg::json
