// The messages of a chat request: roles, content in its forms, tool calls; and what they bring in.
#pragma once
#include "providers/read_fields.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

Result<> read_messages(ChatRequest& request, dom::object root);

}  // namespace tsg::providers
