// A conversation as input items (§2.3).
#pragma once
#include "providers/responses/responses.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {

// Names of what is harmless to lose are appended to `dropped`.
Result<> write_input(json::Writer& w, std::vector<Message> const& messages, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour, std::vector<std::string>& dropped);

}  // namespace tsg::providers::responses
