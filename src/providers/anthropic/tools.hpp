// Tools and the choice among them (§1.5).
#pragma once
#include <string>
#include <vector>

#include "providers/rules.hpp"
#include "providers/tools.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

struct ToolSet {
  ToolSet() = default;
  std::string tools;    // JSON array; "" = none
  std::string choice;   // JSON object; "" = not sent
  bool forced = false;  // a call is demanded
};
// `strict_known`: the model compiles schemas.
Result<ToolSet> tool_set(ChatRequest const& request, Rules const& rules, bool strict_known,
                         std::vector<std::string>& dropped);

}  // namespace tsg::providers::anthropic
