// A forced call on models that refuse to be forced (rule `forced_tool_choice`): the answer's format becomes
// the function's schema, and what the model writes comes back as a call of that function. Of several
// functions the answer names one: {"call":{"name":"f","arguments":{…}}}. The tools stay in the request, so
// that histories with their calls are taken and the cached prefix is the same.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "providers/tool_names.hpp"
#include "providers/tools.hpp"
#include "providers/whole.hpp"

namespace tsg::providers::anthropic {

struct ForcedFormat {
  ForcedFormat() = default;
  std::string schema;       // for output_config.format
  std::string instruction;  // JSON string: a system block behind all others
  ForcedCall call;          // for the decoder
};
// nullopt: it cannot be said that way (tools that run at the provider, schemas that are not compiled).
std::optional<ForcedFormat> forced_format(std::vector<Tool> const& tools, ToolChoice const& choice,
                                          ToolNames const& names);

// What the model wrote, as the call it stands for. nullopt: it names none, as an answer that was cut short
// may.
std::optional<WholeItem> call_from(ForcedCall const& forced, std::string const& text, std::string id);

}  // namespace tsg::providers::anthropic
