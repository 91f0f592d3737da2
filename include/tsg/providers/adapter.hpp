// A provider dialect: bytes in, bytes out. No sockets, no coroutines, no clock, no randomness (design
// decision 6). One immutable object per dialect, shared by all threads; decoders are one per answer.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/catalog/catalog.hpp"
#include "tsg/catalog/usage.hpp"
#include "tsg/conversation/answer.hpp"
#include "tsg/conversation/event.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"
#include "tsg/http/message.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/providers/dialect.hpp"
#include "tsg/providers/treatment.hpp"

namespace tsg::providers {

// Which of a provider's wire APIs an encoded request speaks; the decoder must be for the same one.
enum class Wire : std::uint8_t { chat, responses, native, embeddings };

using conversation::Answer;
using conversation::Memo;

struct EncodeContext {
  EncodeContext() = default;
  catalog::Model const* model = nullptr;  // nullptr: not in the catalogue
  catalog::Model const* family =
      nullptr;  // whose rules hold: `model`, or the newest of an unknown one's family
  std::string upstream_model;
  std::optional<std::int64_t> output_limit;  // to send upstream when the client gave none, or a lower one
  std::string_view api;                      // "auto", "chat", "responses"
  std::function<std::optional<std::string>(std::string_view call_id)> recall;  // may be empty
};

// What the gateway does in place of a model that cannot, for the record: static words.
struct Adapted {
  constexpr Adapted(std::string_view m, std::string_view e) noexcept : member{m}, effect{e} {}
  std::string_view member, effect;  // "messages", "placeholder"
};

// A call that the target could not be forced to make: it was made to write the arguments as its answer.
struct ForcedCall {
  ForcedCall() = default;
  bool any = false;
  std::string name;  // as it travels; "" = one of several: {"call":{"name":…,"arguments":{…}}}
};

// Names of tools as they travel, and as the client calls them.
using NameMap = std::map<std::string, std::string, std::less<>>;

struct UpstreamRequest {
  UpstreamRequest() = default;
  Wire wire = Wire::chat;
  std::string path;       // appended to base_url's path: "/chat/completions"
  std::string body;       // JSON
  http::Headers headers;  // beyond content-type, accept and the credential: version headers and such
  bool stream = false;
  // The model may think beyond what the answer shows. False only where the request as encoded turns it off.
  bool may_think = true;
  std::vector<std::string> dropped;  // parameters left out because harmless, or for want of such a control
  std::vector<Adapted> adapted;
  NameMap renamed;                 // to be given to the decoder, as are these
  std::vector<std::string> stops;  // sequences that the target does not watch for itself
  ForcedCall forced;
};

struct DecodeContext {
  DecodeContext() = default;
  Wire wire = Wire::chat;
  Operation operation = Operation::chat;
  catalog::Model const* family = nullptr;  // as in EncodeContext
  std::string asked_model;                 // shown where the provider reports none
  std::string id;                          // for dialects whose answers have none: "chatcmpl-…"
  std::int64_t created = 0;                // Unix seconds, likewise
  bool include_usage = false;
  bool base64_embeddings = false;
  bool legacy_functions = false;  // asked with `functions`: answered with function_call, of one call at most
  std::string search_context;     // as the client asked for it; "" = it did not
  // The instance is not the provider itself: what a server that merely speaks the dialect leaves out or
  // misspells is completed. The provider's own bytes stay as they are.
  bool loose = false;
  std::int64_t choices = 1;                // as many were asked for
  std::size_t event_bytes_max = 16 << 20;  // of one event of a stream
  NameMap renamed;                         // of the request that is answered, as are these
  std::vector<std::string> stops;
  ForcedCall forced;
  bool overlapping =
      true;  // the client's surface can show two items of a choice at once (conversation/event.hpp)
};

using conversation::EventBatch;

// A streamed answer. Feeds take any split of the provider's bytes and add events to `out`, which the caller
// empties; the end that a client sees is its surface's, after settlement, and only if done().
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  // An error is final: events of `out` before it are still to be sent, then the error event.
  virtual Result<> feed(std::string_view wire, EventBatch& out) = 0;
  // End of the provider's bytes. An error unless the provider's own terminator was seen.
  virtual Result<> finish(EventBatch& out) = 0;
  virtual bool done() const noexcept = 0;             // terminator seen; later bytes are ignored
  virtual bool content_started() const noexcept = 0;  // any byte of the answer proper was put out
  // False: what comes is one body, an answer or an error, and nothing leaves before its end.
  virtual bool streams() const noexcept { return true; }
  virtual catalog::Usage const& usage() const noexcept = 0;  // `reported` once the provider sent it
  // The provider has told its end, good or bad, and usage() is of that end; else it is of a moment before.
  virtual bool usage_final() const noexcept { return done(); }
  // Of text, reasoning and arguments so far: bounds tokens.
  virtual std::int64_t output_bytes() const noexcept = 0;
  virtual std::string const& model() const noexcept = 0;
  virtual std::string const& upstream_id() const noexcept = 0;
  virtual std::vector<Memo> take_memos() { return {}; }
};

// Searches that a model makes by itself while it answers, and what limits them: the request as it is encoded,
// or how the provider sells them.
struct Searches {
  static constexpr std::int64_t any = INT64_MAX;
  Searches() = default;
  Searches(std::int64_t c, std::int64_t s, std::int64_t t = any) : calls{c}, steps{s}, tokens{t} {}
  // `why` is static, a sentence without its end, and names the way out.
  static Searches unlimited(std::string_view why) {
    Searches out;
    out.unbounded = why;
    return out;
  }
  std::int64_t calls = 0;      // at most
  std::int64_t steps = 1;      // how often the model reads its context at most
  std::int64_t tokens = any;   // that one call brings in at most; `any`: the context window is the only limit
  bool by_request = false;     // the calls cost nothing each: a fee of the whole request covers them
  std::string_view unbounded;  // "" = they are limited
};

// How one of a dialect's APIs treats what can be asked for. nullptr: it is the client's own dialect, where
// the provider judges its own words and bytes go on as they are.
struct Api {
  Api(Wire w, Treatments const* t) noexcept : wire{w}, treatments{t} {}
  Wire wire;
  Treatments const* treatments;
};

class ProviderAdapter {
 public:
  virtual ~ProviderAdapter() = default;
  // Errors: unsupported_parameter (param names it), bad_request.
  virtual Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const = 0;
  virtual void authorize(http::Headers& headers, std::string_view key) const = 0;
  // A 2xx body. Also finds errors inside a 200.
  virtual Result<Answer> decode(std::string_view body, DecodeContext const& context) const = 0;
  // What a 2xx body says it used, for one that decode() found no answer in: a run that failed is billed too.
  // `reported` stays false where it does not say.
  virtual catalog::Usage told_usage(std::string_view body, DecodeContext const& context) const = 0;
  virtual std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const = 0;
  // Any other status. `field` looks up a response header ("" if absent). The message is sanitised.
  virtual Error decode_error(int status, std::string_view body,
                             std::function<std::string_view(std::string_view)> const& field) const = 0;
  // What the request as encoded in that context can search at most. Bounds the cost (BUD-3). A request that
  // encode() refuses may be given any.
  virtual Searches searches(ChatRequest const& request, EncodeContext const& context) const = 0;
  // Searches that nobody asked for: those of a model that searches by itself. `request` is nullptr where the
  // question is about the model alone, `rules` where its rules are not known. A key may be denied searching.
  virtual bool searches_unasked(ChatRequest const* request, catalog::Model const* rules) const;
  // A GET that tells whether the provider is there and costs nothing: path after base_url's, and headers.
  virtual UpstreamRequest health_check() const = 0;
  // Of all its APIs, the one that the README shows first.
  virtual std::vector<Api> apis() const = 0;
  // What judges the request as it would be encoded in that context: one of apis(). nullptr: nothing does.
  virtual Treatments const* treatments(ChatRequest const& request, EncodeContext const& context) const = 0;
};

// Upper bound of the tokens that a request itself brings in: bytes of text, plus template overhead, images,
// audio, files. nullopt: no bound exists. What a model finds by itself is beside it (`searches()`).
struct InputBound {
  std::optional<std::int64_t> tokens;
  std::string why_unbounded;
};
InputBound input_bound(ChatRequest const& request);

// Takes what looks like a key, a team, project, organisation or account id out of a provider's message, and
// cuts it to 2,000 bytes of valid UTF-8 without control characters.
std::string sanitise(std::string_view message);

// Takes one secret out wherever it stands: a provider may echo a credential whose form no pattern knows.
std::string without(std::string text, std::string_view secret);

// By the dialect's name. nullptr: not built.
ProviderAdapter const* adapter_for(std::string_view dialect);

}  // namespace tsg::providers
