#include "providers/gemini/adapter.hpp"

#include "providers/gemini/errors.hpp"

namespace tsg::providers::gemini {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    return request.operation == Operation::embeddings ? encode_embeddings(request, context)
                                                      : encode_chat(request, context);
  }
  // Never as `?key=`: URLs end up in logs.
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("x-goog-api-key", key);
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    return context.operation == Operation::embeddings ? decode_embeddings(body, context)
                                                      : decode_chat(body, context);
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const& context) const override {
    auto const root = RawNode::parse(body);
    return root ? answer_usage(*root, context.family) : catalog::Usage{};
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    return chat_stream(context);
  }
  Error decode_error(int status, std::string_view body, FieldLookup const& field) const override {
    return error_of(status, body, field);
  }
  Searches searches(ChatRequest const& request, EncodeContext const& context) const override {
    return gemini::searches(request, context);
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/v1beta/models?pageSize=1";
    return r;
  }
  std::vector<Api> apis() const override {
    return {{Wire::native, &chat_treatments()}, {Wire::embeddings, &embedding_treatments()}};
  }
  Treatments const* treatments(ChatRequest const& request, EncodeContext const&) const override {
    return request.operation == Operation::embeddings ? &embedding_treatments() : &chat_treatments();
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

Dialect const& dialect() {
  static constexpr Dialect facts{.name = "gemini",
                                 .seller = "gemini",
                                 .base_url = "https://generativelanguage.googleapis.com",
                                 .packs_embeddings = false,
                                 .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::gemini
