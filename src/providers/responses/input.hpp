// A conversation as input items (§2.3).
#pragma once
#include "providers/responses/responses.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {

Result<> write_input(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                     Flavour const& flavour, std::vector<std::string>& dropped);

}  // namespace tsg::providers::responses
