// One GenerateContentResponse: a whole answer, or one event of a stream. What both decoders read from it.
#pragma once
#include <string>
#include <string_view>

#include "providers/call_ids.hpp"
#include "providers/raw_json.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers::gemini {

// What one part of a candidate means to the answer.
struct Piece {
  enum class Kind : std::uint8_t {
    nothing,  // of tools that run at Google: no text, no call of ours
    text,
    thought,
    call,
    image,
  };
  Piece() = default;
  Kind kind = Kind::nothing;
  std::string text;                 // text, thought; image: a data URL
  std::string id, name, arguments;  // call; `id` is "" where the model gives none
  std::string signature;            // base64, of text and calls
};
Piece read_piece(RawNode const& part);

// A candidate's finishReason in OpenAI's word. Errors: the model failed to make a call or an answer, for
// which OpenAI has no word; `message` is Google's finishMessage, for our log.
Result<std::string_view> ending(std::string_view reason, bool called, bool any_content,
                                std::string_view message);

// "" if the prompt was not blocked, else the text for `refusal`.
std::string blocked_prompt(RawNode const& root);
// For candidates that were filtered before they said anything.
std::string blocked_answer(std::string_view reason);

}  // namespace tsg::providers::gemini
