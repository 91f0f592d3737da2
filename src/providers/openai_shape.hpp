// OpenAI's answer shape, as every dialect has to give it: finish reasons, usage, chunks, and the gateway's
// own members. What a new adapter writes, it writes through these.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "providers/raw_json.hpp"
#include "tsg/catalog/usage.hpp"
#include "tsg/conversation/event.hpp"
#include "tsg/core/money.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

// A provider's word for why it stopped, as one of the five that strict clients know (wire reference §1.5).
// "" for "" (not finished). A word nobody knows is "stop".
std::string_view finish_reason(std::string_view word) noexcept;
bool legal_finish_reason(std::string_view word) noexcept;
// The same word as what it means, and back: one of the five.
conversation::Stop stop_meant(std::string_view word) noexcept;
std::string_view finish_reason(conversation::Stop stop) noexcept;

// `data: …\n\n`. Data of several lines (an event of several data fields) becomes one line.
void append_event(std::string& out, std::string_view data);

// What all chunks of one stream have in common (§1.7, invariant 1).
struct ChunkHead {
  ChunkHead() = default;
  std::string id, model;
  std::int64_t created = 0;
};
// One chunk with one choice. `delta` is a JSON object; `finish` "" = null; `logprobs` raw.
std::string chunk_of(ChunkHead const& head, std::int64_t index, std::string_view delta,
                     std::string_view finish, bool usage_null, std::string_view logprobs = "null");

// OpenAI's usage object with both detail objects; embeddings have no completion side.
std::string usage_object(catalog::Usage const& usage, Operation operation);

// {"type":"url_citation","url_citation":{…}}; offsets in characters of the content.
std::string url_citation(std::string_view url, std::string_view title, std::int64_t start, std::int64_t end);

// An OpenAI object of ours or a provider's, and where the gateway's members go.
struct Shaped {
  Shaped() = default;
  std::string body;
  std::size_t usage_end = std::string::npos;  // offset of the `}` that closes "usage"; npos: has none
};
// Edits that take out what would collide with our members or trip SDKs: content, provider, an `error` of
// null, a `usage` that is no object, and in it input_tokens, output_tokens and cost_usd.
// `usable_usage` false: its numbers are no counts, and go too; what was estimated is shown, not both.
void edit_collisions(json::Edits& edits, RawNode const& root, bool usable_usage = true);
Shaped shape(RawNode const& root, json::Edits const& edits);

// `body` with usage's input_tokens, output_tokens (not for embeddings) and cost_usd, then `members`
// (",\"content\":…" or ""), then provider. Where there is no usage: with one made of `usage`, or with
// `"usage":null` if nobody knows it.
std::string splice(std::string_view body, std::size_t usage_end, catalog::Usage const& usage, bool known,
                   Operation operation, std::string_view members, std::string_view provider,
                   std::optional<Nano> cost);

// The end of a stream: the usage chunk if the client wants it, and [DONE].
std::string stream_tail(Shaped const& usage_chunk, catalog::Usage const& usage, bool known,
                        bool include_usage, std::string_view provider, std::optional<Nano> cost);
// A usage chunk for streams whose provider sends none of its own. `usage_raw` "" leaves it to splice().
Shaped usage_chunk(ChunkHead const& head, std::string_view usage_raw);

}  // namespace tsg::providers
