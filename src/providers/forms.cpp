#include "tsg/providers/forms.hpp"

#include <algorithm>
#include <array>

#include "providers/error_shape.hpp"
#include "providers/fold.hpp"
#include "providers/whole_stream.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::providers {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";

// Without what may stand before either form: a byte order mark, blank lines that keep a connection open.
std::string_view solid(std::string_view bytes) noexcept {
  if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  return bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
}

bool events_in(std::string_view body, std::string_view content_type) noexcept {
  auto const form = form_of(body);
  return form == Form::events || (form != Form::json && is_event_stream(content_type));
}

class EitherForm final : public StreamDecoder {
 public:
  EitherForm(ProviderAdapter const& adapter, DecodeContext const& context, std::string_view content_type,
             std::size_t body_bytes_max)
      : adapter_{adapter},
        context_{context},
        promised_{is_event_stream(content_type)},
        body_bytes_max_{body_bytes_max} {}

  Result<> feed(std::string_view wire, EventBatch& out) override {
    if (inner_) return inner_->feed(wire, out);
    body_ += body_.empty() ? solid(wire) : wire;
    if (!whole_) decide(form_of(body_));
    if (inner_) return inner_->feed(std::exchange(body_, {}), out);
    if (body_.size() > body_bytes_max_) return broken_answer("a body beyond the size limit");
    return boost::system::in_place_value;
  }

  Result<> finish(EventBatch& out) override {
    if (!inner_ && !whole_) decide(Form::other);
    if (inner_) {
      if (!body_.empty())
        if (auto fed = inner_->feed(std::exchange(body_, {}), out); !fed) return fed;
      return inner_->finish(out);
    }
    auto answer = adapter_.decode(solid(body_), context_);
    if (!answer) {
      told_ = adapter_.told_usage(solid(body_), context_);
      return answer.error();
    }
    body_ = {};
    inner_ = std::make_unique<WholeStream>(context_, std::move(*answer));
    return inner_->finish(out);
  }

  bool done() const noexcept override { return inner_ && inner_->done(); }
  bool content_started() const noexcept override { return inner_ && inner_->content_started(); }
  bool streams() const noexcept override { return !whole_ && (inner_ || promised_); }
  catalog::Usage const& usage() const noexcept override { return inner_ ? inner_->usage() : told_; }
  bool usage_final() const noexcept override { return inner_ ? inner_->usage_final() : told_.reported; }
  std::int64_t output_bytes() const noexcept override { return inner_ ? inner_->output_bytes() : 0; }
  std::string const& model() const noexcept override {
    return inner_ ? inner_->model() : context_.asked_model;
  }
  std::string const& upstream_id() const noexcept override { return inner_ ? inner_->upstream_id() : none_; }
  std::vector<Memo> take_memos() override { return inner_ ? inner_->take_memos() : std::vector<Memo>{}; }

 private:
  void decide(Form form) {
    if (form == Form::undecided) return;
    whole_ = form == Form::json || (form == Form::other && !promised_);
    if (!whole_) inner_ = adapter_.stream_decoder(context_);
  }

  ProviderAdapter const& adapter_;
  DecodeContext context_;
  std::unique_ptr<StreamDecoder> inner_;  // once it is known which
  std::string body_, none_;
  catalog::Usage told_;
  bool promised_, whole_ = false;  // event stream by its header; one body by its bytes
  std::size_t body_bytes_max_;
};

}  // namespace

Form form_of(std::string_view first_bytes) noexcept {
  // A mark that is not all there yet.
  if (!first_bytes.empty() && first_bytes.size() < kMark.size() && kMark.starts_with(first_bytes))
    return Form::undecided;
  auto const text = solid(first_bytes);
  if (text.empty()) return Form::undecided;
  if (text.front() == '{' || text.front() == '[') return Form::json;
  if (text.front() == ':') return Form::events;
  for (std::string_view const field : {"data", "event", "id", "retry"}) {
    if (text.size() <= field.size() && field.starts_with(text)) return Form::undecided;
    if (text.starts_with(field) &&
        (text[field.size()] == ':' || text[field.size()] == '\n' || text[field.size()] == '\r'))
      return Form::events;
  }
  return Form::other;
}

bool is_event_stream(std::string_view content_type) noexcept {
  auto type = content_type.substr(0, content_type.find(';'));
  type = type.substr(std::min(type.find_first_not_of(" \t"), type.size()));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return iequals(type, "text/event-stream");
}

Result<Answer> decode_either(ProviderAdapter const& adapter, std::string_view body,
                             DecodeContext const& context, std::string_view content_type) {
  if (!events_in(body, content_type)) return adapter.decode(solid(body), context);
  return Fold{adapter, context}.answer(body);
}

catalog::Usage told_in_either(ProviderAdapter const& adapter, std::string_view body,
                              DecodeContext const& context, std::string_view content_type) {
  if (!events_in(body, content_type)) return adapter.told_usage(solid(body), context);
  Fold fold{adapter, context};
  (void)fold.answer(body);
  return fold.told();
}

std::unique_ptr<StreamDecoder> decoder_of_either(ProviderAdapter const& adapter, DecodeContext const& context,
                                                 std::string_view content_type, std::size_t body_bytes_max) {
  return std::make_unique<EitherForm>(adapter, context, content_type, body_bytes_max);
}

}  // namespace tsg::providers
