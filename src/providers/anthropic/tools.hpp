// Tools and the choice among them (§1.5).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "providers/anthropic/forced_call.hpp"
#include "providers/rules.hpp"
#include "providers/tool_names.hpp"
#include "providers/tools.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

struct ToolSet {
  ToolSet() = default;
  std::string tools;                   // JSON array; "" = none
  std::string choice;                  // JSON object; "" = not sent
  bool forced = false;                 // a call is demanded
  std::optional<ForcedFormat> bridge;  // of a model that cannot be forced: not `forced` then
};
// `strict_known`: the model compiles schemas.
Result<ToolSet> tool_set(ChatRequest const& request, std::vector<Tool> const& tools, ToolNames const& names,
                         Rules const& rules, bool strict_known, std::vector<std::string>& dropped);

// A function's parameters, with `type: object` at the top, which is asked for.
Result<std::string> input_schema(Tool const& tool);

inline constexpr NameLimits kNameLimits{};  // [A-Za-z0-9_-]{1,64}

}  // namespace tsg::providers::anthropic
