// A dialect's parameter table as another one with differences: most of OpenAI's members mean the same to all
// dialects that come after it, and are said once.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "tsg/providers/parameter.hpp"

namespace tsg::providers {

// The entries of `base`, each replaced by the one of the same name in `own`; then what only `own` names.
std::vector<Parameter> with(std::vector<Parameter> base, std::initializer_list<Parameter> own);

// What Responses makes of chat's members (wire reference §2.2), whoever speaks it; Sonar's table is made of
// it too, since what neither knows is the same. `refusal`: what is said about members that have no place
// there.
std::vector<Parameter> responses_table(std::string_view refusal);

}  // namespace tsg::providers
