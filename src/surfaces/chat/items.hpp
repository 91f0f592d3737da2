// The messages of a validated chat body (messages.cpp) as items.
#pragma once
#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces::chat {

void take_items(conversation::Prompt& prompt);

}  // namespace tsg::surfaces::chat
