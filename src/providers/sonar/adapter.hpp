// Perplexity's Sonar chat completions (wire reference §5.8), for accounts that still have them: OpenAI's
// shapes with strict turns, running usage, sources beside the text, and no dependable [DONE].
#pragma once
#include "providers/raw_json.hpp"
#include "providers/sources.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::sonar {

Treatments const& treatments();
Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context);
Result<Answer> decode(std::string_view body, DecodeContext const& context);
std::unique_ptr<StreamDecoder> stream(DecodeContext const& context);

catalog::Usage read_usage(RawNode const& usage);

// What comes beside the text, on the answer or on any chunk: the last one holds.
class Extras {
 public:
  void read(RawNode const& root);
  std::string members() const;
  Sources const& sources() const noexcept { return sources_; }

 private:
  Sources sources_;
  std::string images_, questions_;  // raw
};

// sonar-reasoning-* think aloud in the text, "<think>…</think>", also before JSON. Feeds are split in two;
// a tag may come in pieces. Only at the very beginning: later it is the answer's own word.
class ThinkSplitter {
 public:
  struct Pieces {
    Pieces() = default;
    std::string thought, text;
  };
  Pieces feed(std::string_view piece);
  Pieces rest();  // what was held back to see whether it is a tag

 private:
  enum class State : std::uint8_t { start, thinking, after, text } state_ = State::start;
  std::string held_;
};

ProviderAdapter const& adapter();
Dialect const& dialect();

}  // namespace tsg::providers::sonar
