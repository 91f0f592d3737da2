#include "providers/openai/adapter.hpp"

#include <array>

#include "providers/error_shape.hpp"
#include "providers/openai/responses.hpp"

namespace tsg::providers::openai {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings) return encode_embeddings(request, context);
    auto const wire = choose_api(request, context);
    if (!wire) return wire.error();
    if (*wire == Wire::responses) return responses::encode(request, context, responses_flavour());
    return encode_chat(request, context);
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("authorization", "Bearer " + std::string{key});
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    if (context.wire == Wire::responses) return responses::decode(body, context, responses_flavour());
    return decode_answer(body, context);
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const& context) const override {
    auto const root = RawNode::parse(body);
    if (!root) return {};
    if (context.wire == Wire::responses) return responses::answer_usage(*root, responses_flavour());
    return answer_usage(*root, context);
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    if (context.wire == Wire::responses) return responses::stream(context, responses_flavour());
    return chat_stream(context);
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    return error_from_body(status, body, field);
  }
  Searches searches(ChatRequest const& request, EncodeContext const& context) const override {
    return openai::searches(request, context);
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/models";
    return r;
  }
  std::vector<Api> apis() const override {
    return {{Wire::chat, nullptr},
            {Wire::responses, responses_flavour().treatments},
            {Wire::embeddings, nullptr}};
  }
  Treatments const* treatments(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings) return nullptr;
    auto const wire = choose_api(request, context);
    return wire && *wire == Wire::responses ? responses_flavour().treatments : nullptr;
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

std::span<RateHeaders const> rate_headers() {
  static constexpr std::array all{
      RateHeaders{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"},
      RateHeaders{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"},
  };
  return all;
}

Dialect const& dialect() {
  static Dialect const facts{.name = "openai",
                             .seller = "openai",
                             .base_url = "https://api.openai.com/v1",
                             .rate_headers = rate_headers(),
                             .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::openai
