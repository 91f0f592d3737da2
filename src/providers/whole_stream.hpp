// A whole answer, given as a stream. Of the client's own dialect: one chunk with all that a choice says, one
// with its end. Of another one: its items, one after the other.
#pragma once
#include "providers/openai_shape.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class WholeStream final : public StreamDecoder {
 public:
  WholeStream(DecodeContext const& context, Answer answer);

  Result<> feed(std::string_view, EventBatch&) override { return boost::system::in_place_value; }
  Result<> finish(EventBatch& out) override;  // all of it
  bool done() const noexcept override { return done_; }
  bool content_started() const noexcept override { return done_; }
  bool streams() const noexcept override { return false; }
  catalog::Usage const& usage() const noexcept override { return answer_.usage; }
  std::int64_t output_bytes() const noexcept override { return output_bytes_; }
  std::string const& model() const noexcept override { return answer_.model; }
  std::string const& upstream_id() const noexcept override { return answer_.upstream_id; }
  std::vector<Memo> take_memos() override { return std::move(answer_.memos); }

 private:
  Result<> own(EventBatch& out);  // bytes of a chat completion
  void items(EventBatch& out);

  Answer answer_;
  ChunkHead head_;
  std::int64_t output_bytes_ = 0;
  bool include_usage_, done_ = false;
};

}  // namespace tsg::providers
