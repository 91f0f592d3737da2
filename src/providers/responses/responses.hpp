// OpenAI's Responses API under a chat completion (wire reference §2): requests out, answers and event streams
// in. OpenAI, xAI and Perplexity's Agent API speak it with differences; those are a Flavour.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "providers/error_shape.hpp"
#include "providers/raw_json.hpp"
#include "providers/tool_names.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers::responses {

// §2.8 to disjoint classes: input includes what was cached and written, output includes reasoning.
catalog::Usage read_usage(RawNode const& usage);

// A search tool asked for by something else than `tools` (web_search_options, the model's rules).
struct Search {
  Search() = default;
  std::string tool;        // raw JSON; "" = none
  bool forced = false;     // and no other tool: it must be used
  std::int64_t calls = 0;  // at most, where the provider can be told (max_tool_calls, max_steps); 0 = cannot
};

struct Flavour {
  Flavour() = default;
  std::string_view dialect;  // in memos: one vendor's encrypted thoughts mean nothing to another
  std::string_view path = "/responses";
  Treatments const* treatments = nullptr;
  std::span<std::string_view const> copied;  // members that go out as they are
  bool encrypted_reasoning = true;           // thoughts come encrypted and are sent back
  bool strict_tools = true;                  // knows `strict`: Responses defaults to true, chat to false
  bool custom_tools = true, allowed_tools = true, files = true, image_detail = true, json_object = true;
  bool own_words = false;           // the client's dialect is this vendor's: it judges words that only move
  bool flat_format = true;          // text.format; false: response_format, as in chat
  bool bills_tool_items = false;    // hosted calls are counted from the output, usage does not tell them
  bool logprobs = false;            // gives them, where asked by `include`
  std::int64_t output_default = 0;  // sent if nobody set a limit; 0 = none
  std::int64_t output_min = 16;     // a lower limit is a 400 there (§2.2, §5.2)
  Search (*search)(ChatRequest const& request, EncodeContext const& context) = nullptr;
  catalog::Usage (*usage)(RawNode const& usage) = &read_usage;
  NameLimits names;                  // of functions
  std::size_t call_id_longest = 64;  // bytes; a longer one of another vendor's history is shortened
  bool (*own_call)(std::string_view name) = nullptr;  // a call the provider makes and answers itself
  Refine refine = nullptr;  // the provider's words for a failure, of a run inside a 200 too
};

// A run that failed inside a 200; `root` has the member `error`, or is the error.
Error failed(RawNode const& root, Flavour const& flavour);

Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context,
                               Flavour const& flavour);
Result<Answer> decode(std::string_view body, DecodeContext const& context, Flavour const& flavour);
// Of a whole response, also of one that failed.
catalog::Usage answer_usage(RawNode const& root, Flavour const& flavour);
std::unique_ptr<StreamDecoder> stream(DecodeContext const& context, Flavour const& flavour);

}  // namespace tsg::providers::responses
