// What whole and streamed answers have in common.
#pragma once
#include <string>
#include <string_view>

#include "providers/anthropic/usage.hpp"
#include "providers/raw_json.hpp"

namespace tsg::providers::anthropic {

// A citation with an address as OpenAI's url_citation; "" for places in documents, for which OpenAI has no
// word. `begin` and `end` are characters of the answer's text.
std::string annotation_of(RawNode const& citation, std::int64_t begin, std::int64_t end);
std::int64_t characters(std::string_view utf8) noexcept;

// Why it stopped, for finish_reason(): agents wait for "tool_use" where a server says "end_turn" beside
// calls.
std::string_view stop_word(std::string_view stop_reason, bool calls) noexcept;
// What a refusal says to the client.
std::string refusal_text(RawNode const& stop_details);
// Nothing was put out before the refusal: not billed (§1.8).
void waive(catalog::Usage& usage);

// {"type":"thinking",…} of its parts.
std::string thinking_block(std::string_view thinking, std::string_view signature);

}  // namespace tsg::providers::anthropic
