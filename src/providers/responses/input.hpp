// A conversation as input items (§2.3).
#pragma once
#include "providers/responses/responses.hpp"
#include "tsg/conversation/turns.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {

using conversation::Item;
using conversation::Part;
using conversation::Turn;

// Names of what is harmless to lose are appended to `dropped`.
Result<> write_input(json::Writer& w, std::vector<Turn> const& turns, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour, std::vector<std::string>& dropped);

}  // namespace tsg::providers::responses
