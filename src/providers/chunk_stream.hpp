// The half of a stream decoder that all foreign dialects share: provider events in, OpenAI's chunks out, with
// the invariants of wire reference §1.7 held here: the role once per choice, a tool call's id once, exactly
// one finish reason per choice and nothing after it, no clean end without the provider's terminator.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/openai_shape.hpp"
#include "providers/stop_window.hpp"
#include "tsg/http/sse.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class ChunkStream : public StreamDecoder {
 public:
  Result<> feed(std::string_view wire, std::string& out) final;
  Result<> finish(std::string& out) final;
  bool done() const noexcept final { return done_; }
  bool content_started() const noexcept final { return content_started_; }
  catalog::Usage const& usage() const noexcept final { return usage_; }
  bool usage_final() const noexcept final { return done_ || usage_final_; }
  std::int64_t output_bytes() const noexcept final { return output_bytes_; }
  std::string const& model() const noexcept final { return head_.model; }
  std::string const& upstream_id() const noexcept final { return upstream_id_; }
  std::vector<Memo> take_memos() final { return std::move(memos_); }
  void adopt(catalog::Usage const& estimate) final;
  std::string tail(std::string_view provider, std::optional<Nano> cost) const final;

 protected:
  explicit ChunkStream(DecodeContext const& context);

  // One event of the provider. Errors are final. Ends the stream by complete().
  virtual Result<> take(http::SseSplitter::Event const& event, std::string& out) = 0;
  // The part of the wire that is event stream. For providers that may break into it with something else.
  virtual std::string_view events_of(std::string_view wire) { return wire; }
  // The provider's bytes are over and no terminator was seen. For dialects whose terminator is the end of the
  // body once a finish reason has been told: they call complete().
  virtual Result<> ended(std::string& out);

  void put_text(std::string& out, std::string_view text, std::int64_t choice = 0);
  void put_reasoning(std::string& out, std::string_view text, std::int64_t choice = 0);
  void put_refusal(std::string& out, std::string_view text, std::int64_t choice = 0);
  // A new call: its position among the choice's calls is given back. `extra` as in ComposedCall.
  std::int64_t put_call(std::string& out, std::string_view id, std::string_view name,
                        std::string_view arguments, std::string_view extra = {}, std::int64_t choice = 0);
  // A custom tool's call, whole: its input is free text.
  void put_custom_call(std::string& out, std::string_view id, std::string_view name, std::string_view input,
                       std::int64_t choice = 0);
  void put_arguments(std::string& out, std::int64_t call, std::string_view part, std::int64_t choice = 0);
  // Any other delta, as raw JSON: {"annotations":[…]}.
  void put_delta(std::string& out, std::string_view delta, std::int64_t choice = 0);
  // The choice's `logprobs`, raw.
  void put_logprobs(std::string& out, std::string_view logprobs, std::int64_t choice = 0);
  void put_finish(std::string& out, std::string_view word, std::int64_t choice = 0);
  std::int64_t calls(std::int64_t choice = 0) const;  // how many calls were put
  // Raw members for the usage chunk, each with its leading comma: citations and the like come last.
  void put_last(std::string_view members) { last_members_ += members; }
  // The terminator was seen. Wrong before each choice that began has ended.
  Result<> complete();

  catalog::Usage usage_;
  bool usage_final_ = false;  // the provider's end was seen, whatever it is worth
  ChunkHead head_;            // `model` is the asked one until the provider tells its own
  std::string upstream_id_;
  std::vector<Memo> memos_;

 private:
  struct ChoiceState {
    bool ended = false;
    std::int64_t calls = 0;
    std::optional<StopWindow> stop;  // where the gateway watches for `stop`
    bool stopped() const noexcept { return stop && stop->hit(); }
  };
  // False: the choice had ended. Puts the role chunk first.
  bool begin(std::string& out, std::int64_t choice, bool payload);
  void text_delta(std::string& out, std::string_view member, std::string_view text, std::int64_t choice);
  void text_chunk(std::string& out, std::string_view member, std::string_view text, std::int64_t choice);
  // Name "" for a piece of its arguments.
  void legacy_call(std::string& out, std::string_view name, std::string_view arguments, std::int64_t choice);
  Error fail(Error error);

  http::SseSplitter splitter_;
  std::map<std::int64_t, ChoiceState> choices_;
  NameMap renamed_;
  std::vector<std::string> stops_;
  std::string last_members_;
  std::int64_t output_bytes_ = 0;
  // Of reads that put nothing out: signatures, ids and places of such are kept, so they are bounded.
  std::size_t silent_bytes_ = 0, silent_bytes_max_;
  bool include_usage_, legacy_functions_, usage_adopted_ = false;
  bool done_ = false, failed_ = false, content_started_ = false, late_ = false;
};

}  // namespace tsg::providers
