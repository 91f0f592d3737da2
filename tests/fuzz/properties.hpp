// The properties that the targets about providers hold, apart from libFuzzer: the twin in `scripts/test`
// replays the corpora through them.
#pragma once
#include <array>
#include <string_view>

#include "tsg/providers/adapter.hpp"

namespace tsg::fuzz {

// A decoder: a dialect and which of its wires. `terminator` is what a stream must hold to end cleanly:
// of chat that each choice has ended, since a [DONE] that is missing behind it loses nothing.
struct Decoder {
  std::string_view name, dialect;
  providers::Wire wire;
  std::string_view terminator;
};
using enum providers::Wire;
inline constexpr std::array kDecoders{
    Decoder{"openai_chat", "openai", chat, "finish_reason"},
    Decoder{"openai_responses", "openai", responses, "response."},
    Decoder{"anthropic", "anthropic", native, "message_stop"},
    Decoder{"gemini", "gemini", native, "Reason"},  // finishReason, or blockReason of a prompt
    Decoder{"xai_chat", "xai", chat, "finish_reason"},
    Decoder{"xai_responses", "xai", responses, "response."},
    Decoder{"perplexity", "perplexity", responses, "response."},
    Decoder{"sonar", "perplexity-sonar", chat, "finish_reason"},
};
Decoder const& decoder_named(std::string_view name);

// The first byte chooses: below 0x80 a stream (and where it is cut, who asked for what), below 0xc0 a whole
// answer, else an error's body. Streams: any split gives the same bytes; what leaves is whole events, each
// JSON, with one finish reason per choice; no clean end unless the provider's terminator was said. Whole
// answers: an error, or an object that is JSON. Errors: a message of bounded length.
void decoder_property(Decoder const& decoder, std::string_view input);

// A client's request, after one byte that chooses model and API: refused with a message, or understood; and
// then each dialect refuses it, or makes a JSON body of it that holds none of the limits exceeded.
void request_property(std::string_view input);

}  // namespace tsg::fuzz
