#include "providers/sonar/adapter.hpp"

#include "providers/judge.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/rules.hpp"

namespace tsg::providers::sonar {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings)
      return unsupported("model",
                         "cannot be used for embeddings in OpenAI's form: Perplexity gives no floats");
    if (context.api == "responses")
      return unsupported("model",
                         "is served by chat completions; for the Agent API the instance must say "
                         "dialect: perplexity");
    return sonar::encode(request, context);
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("authorization", "Bearer " + std::string{key});
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    return sonar::decode(body, context);
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const&) const override {
    auto const root = RawNode::parse(body);
    return root ? read_usage(root->child("usage")) : catalog::Usage{};
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    return sonar::stream(context);
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    return error_from_body(status, body, field, &perplexity::refine);
  }
  // One search for each answer, paid by the request; deep research makes as many as it likes, and thinks
  // beyond max_tokens.
  Searches searches(ChatRequest const&, EncodeContext const& context) const override {
    if (Rules{context.model}.text("search", "") != "unlimited") return {};
    return Searches::unlimited(
        "the model searches the web at will. Choose another model, or use a key without a budget");
  }
  bool searches_unasked(ChatRequest const* request, catalog::Model const* rules) const override {
    return perplexity::searches_unasked(request, rules, true);
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/v1/models";
    return r;
  }
  std::vector<Api> apis() const override { return {{Wire::chat, &sonar::treatments()}}; }
  Treatments const* treatments(ChatRequest const&, EncodeContext const&) const override {
    return &sonar::treatments();
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

Dialect const& dialect() {
  static constexpr Dialect facts{.name = "perplexity-sonar",
                                 .seller = "perplexity",
                                 .base_url = "https://api.perplexity.ai",
                                 .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::sonar
