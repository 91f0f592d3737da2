// A client's bytes as a prompt. Strict where a wrong type would change the meaning, silent on members that
// nobody knows: they become wishes. Errors: bad_request, with the client's path in `param`.
#pragma once
#include <string>

#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces {

Result<conversation::Prompt> read_chat(std::string body, json::Limits const& limits);
Result<conversation::Prompt> read_embeddings(std::string body, json::Limits const& limits);

}  // namespace tsg::surfaces
