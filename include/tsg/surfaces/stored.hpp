// A stream that a client was sent, read again: for an answer that was kept, and is looked at before it is
// given once more.
#pragma once
#include <string_view>

#include "tsg/conversation/event.hpp"
#include "tsg/core/error.hpp"

namespace tsg::surfaces {

// Of /v1/chat/completions: each event as it was, and what it tells.
Result<> read_chunks(std::string_view bytes, conversation::EventBatch& out);

}  // namespace tsg::surfaces
