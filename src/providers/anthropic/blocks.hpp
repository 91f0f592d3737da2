// Content parts of a client as Anthropic's content blocks (§1.4).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "providers/conversation.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

// A `cache_control` member of a client's part, message or tool (an extension that many send); "" = none.
std::string cache_control_of(std::string_view raw_object);

// A message's own cache_control marks its last block, unless that has one.
void cache_as_asked(std::string_view raw_message, std::string& block);

// Empty and white text (`blank()`) is refused by the API (§1.3), so it is left out wherever it stands.
// `raw_text` is a JSON string.
std::string text_block(std::string_view raw_text, std::string_view cache_control = {});

// "" = nothing to send. What is harmless to lose is appended to `dropped`.
Result<std::string> block_of(Part const& part, std::vector<std::string>& dropped);

}  // namespace tsg::providers::anthropic
