#include "providers/anthropic/adapter.hpp"

#include <array>

namespace tsg::providers::anthropic {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings)
      return Error{Errc::unsupported_parameter,
                   "Anthropic has no embeddings: choose a model of another provider.", "model"};
    return anthropic::encode(request, context);
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("x-api-key", key);
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    return decode_answer(body, context);
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const&) const override {
    auto const root = RawNode::parse(body);
    return root ? answer_usage(*root) : catalog::Usage{};
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    return message_stream(context);
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    return error_from_body(status, body, field, &refine);
  }
  Searches searches(ChatRequest const& request, EncodeContext const&) const override {
    return anthropic::searches(request);
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/v1/models?limit=1";
    r.headers.set("anthropic-version", kVersion);
    return r;
  }
  std::vector<Api> apis() const override { return {{Wire::native, &anthropic::treatments()}}; }
  Treatments const* treatments(ChatRequest const&, EncodeContext const&) const override {
    return &anthropic::treatments();
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

Dialect const& dialect() {
  static constexpr std::array rates{
      RateHeaders{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"},
      RateHeaders{"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining"},
  };
  static constexpr Dialect facts{.name = "anthropic",
                                 .seller = "anthropic",
                                 .base_url = "https://api.anthropic.com",
                                 .rate_headers = rates,
                                 .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::anthropic
