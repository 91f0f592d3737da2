// The parts of a generateContent request. Each writes raw JSON and says what it had to leave out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "providers/rules.hpp"
#include "providers/tool_names.hpp"
#include "providers/tools.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers::gemini {

struct Encoding {
  Encoding(ChatRequest const& r, EncodeContext const& c);
  ChatRequest const& request;
  EncodeContext const& context;
  Rules rules;
  std::vector<std::string> dropped;  // parameters left out because harmless
  std::vector<Adapted> adapted;
  std::vector<std::string> stops;  // that the gateway watches for
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolNames names;
};

// A top-level member of the client's body; "" if absent or null.
std::string_view given(ChatRequest const& request, std::string_view name);

struct Contents {
  std::string system;    // parts of systemInstruction, comma separated; "" if none
  std::string contents;  // the whole array
};
Result<Contents> contents_of(Encoding& e);

// The elements of `tools`, and `toolConfig`; "" if none.
struct ToolSetup {
  std::string tools, config;
};
Result<ToolSetup> tools_for(Encoding& e);

// generationConfig; "" if nothing is asked for.
Result<std::string> generation_config(Encoding& e);
// thinkingConfig from reasoning_effort; "" if unset.
Result<std::string> thinking_config(Encoding& e);

// "/v1beta/models/{model}:{method}"
std::string model_path(std::string_view model, std::string_view method);

}  // namespace tsg::providers::gemini
