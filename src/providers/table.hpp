// What dialects treat alike, said once, and the words of closed sets.
#pragma once
#include "tsg/providers/treatment.hpp"

namespace tsg::providers {

// The words of OpenAI's closed sets, and of those that others add and that mean the same.
namespace words {
inline constexpr std::string_view effort = "none|minimal|low|medium|high|xhigh|max";
inline constexpr std::string_view tier = "auto|default|standard|flex|scale|priority|fast|ultrafast";
inline constexpr std::string_view verbosity = "low|medium|high";
inline constexpr std::string_view format = "type:text|json_object|json_schema";
inline constexpr std::string_view search =
    "search_context_size:low|medium|high;user_location.type:approximate";
inline constexpr std::string_view retention = "in_memory|in-memory|24h";
inline constexpr std::string_view prediction = "type:content";
}  // namespace words

// What one vendor's API alone has, and what surfaces beside chat can ask for, as all other dialects treat it.
// Each dialect's table is this one with its own.
Treatments const& others();

// What Responses makes of it (wire reference §2.2), whoever speaks it; Sonar's table is made of it too, since
// what neither knows is the same. `refusal`: what is said about members that have no place there.
Treatments responses_table(std::string_view refusal);

}  // namespace tsg::providers
