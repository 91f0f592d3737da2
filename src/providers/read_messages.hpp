// The messages of a chat request: roles, content in its forms, tool calls; and what they bring in.
#pragma once
#include "providers/read_fields.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

Result<> read_messages(ChatRequest& request, dom::object root);

// A part of an assistant's content that is no answer but what led to it, as vendors and frameworks keep it in
// their histories.
bool is_thought(std::string_view part_type) noexcept;

}  // namespace tsg::providers
