// The messages of a chat request: roles, content in its forms, tool calls; and what they bring in.
#pragma once
#include "surfaces/fields.hpp"
#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces::chat {

using conversation::Prompt;

Result<> read_messages(Prompt& prompt, dom::object root);

// A part of an assistant's content that is no answer but what led to it, as vendors and frameworks keep it in
// their histories.
bool is_thought(std::string_view part_type) noexcept;

}  // namespace tsg::surfaces::chat
