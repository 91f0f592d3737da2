// A dialect's parameter table as another one with differences: most of OpenAI's members mean the same to all
// dialects that come after it, and are said once.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "tsg/providers/parameter.hpp"

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

// The entries of `base`, each replaced by the one of the same name in `own`; then what only `own` names.
std::vector<Parameter> with(std::vector<Parameter> base, std::initializer_list<Parameter> own);

// What Responses makes of chat's members (wire reference §2.2), whoever speaks it; Sonar's table is made of
// it too, since what neither knows is the same. `refusal`: what is said about members that have no place
// there.
std::vector<Parameter> responses_table(std::string_view refusal);

}  // namespace tsg::providers
