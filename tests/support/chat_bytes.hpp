// A decoder with its surface behind it: what a client of /v1/chat/completions reads.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tsg/providers/adapter.hpp"
#include "tsg/surfaces/composer.hpp"

namespace tsg::providers {

inline surfaces::RenderContext shown_as(DecodeContext const& context) {
  surfaces::RenderContext r;
  r.id = context.id;
  r.created = context.created;
  r.model = context.asked_model;
  r.include_usage = context.include_usage;
  r.legacy_functions = context.legacy_functions;
  return r;
}

// A whole answer as its client reads it.
inline std::string finish_answer(Answer const& answer, DecodeContext const& context,
                                 std::string_view provider, std::optional<Nano> cost) {
  surfaces::Ending end;
  end.usage = answer.usage;
  end.provider = provider;
  end.cost = cost;
  return context.operation == Operation::chat ? surfaces::compose_chat(answer, shown_as(context), end)
                                              : surfaces::compose_embeddings(answer, end);
}

class ChatBytes {
 public:
  ChatBytes(std::unique_ptr<StreamDecoder> decoder, DecodeContext const& context)
      : decoder_{std::move(decoder)}, renderer_{surfaces::chat_renderer(shown_as(context))} {}

  Result<> feed(std::string_view wire, std::string& out) {
    events_.clear();
    auto fed = decoder_->feed(wire, events_);
    renderer_->render(std::as_const(events_).events(), out);
    return fed;
  }
  Result<> finish(std::string& out) {
    events_.clear();
    auto ended = decoder_->finish(events_);
    renderer_->render(std::as_const(events_).events(), out);
    return ended;
  }
  // Our estimate, for streams whose provider reported no usage.
  void adopt(catalog::Usage const& estimate) { estimate_ = estimate; }
  std::string tail(std::string_view provider, std::optional<Nano> cost) const {
    if (!done()) return {};
    surfaces::Ending end;
    end.usage = estimate_.value_or(usage());
    end.usage_known = estimate_ || usage().reported;
    end.provider = provider;
    end.cost = cost;
    return renderer_->tail(end);
  }

  bool done() const noexcept { return decoder_->done(); }
  bool content_started() const noexcept { return decoder_->content_started(); }
  bool streams() const noexcept { return decoder_->streams(); }
  catalog::Usage const& usage() const noexcept { return decoder_->usage(); }
  bool usage_final() const noexcept { return decoder_->usage_final(); }
  std::int64_t output_bytes() const noexcept { return decoder_->output_bytes(); }
  std::string const& model() const noexcept { return decoder_->model(); }
  std::string const& upstream_id() const noexcept { return decoder_->upstream_id(); }
  std::vector<Memo> take_memos() { return decoder_->take_memos(); }
  EventBatch const& events() const noexcept { return events_; }  // of the last feed

 private:
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<surfaces::Renderer> renderer_;
  EventBatch events_;
  std::optional<catalog::Usage> estimate_;
};

inline std::unique_ptr<ChatBytes> chat_bytes(ProviderAdapter const& adapter, DecodeContext const& context) {
  return std::make_unique<ChatBytes>(adapter.stream_decoder(context), context);
}

}  // namespace tsg::providers
