#include "providers/perplexity/adapter.hpp"

#include <algorithm>

#include "providers/judge.hpp"
#include "providers/rules.hpp"

namespace tsg::providers::perplexity {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings)  // its embeddings are int8 or binary, never floats (§5.1)
      return unsupported("model",
                         "cannot be used for embeddings in OpenAI's form: Perplexity gives no floats");
    if (context.api == "chat")
      return unsupported("model",
                         "is served by the Agent API; for Sonar's chat completions the instance must say "
                         "dialect: perplexity-sonar");
    return responses::encode(request, context, flavour());
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("authorization", "Bearer " + std::string{key});
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    return responses::decode(body, context, flavour());
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const&) const override {
    auto const root = RawNode::parse(body);
    return root ? responses::answer_usage(*root, flavour()) : catalog::Usage{};
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    return responses::stream(context, flavour());
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    return error_from_body(status, body, field, &refine);
  }
  Searches searches(ChatRequest const& request, EncodeContext const& context) const override {
    // Deep research makes as many as it likes, and nothing of the request limits it.
    if (Rules{context.family ? context.family : context.model}.text("search", "") == "unlimited")
      return Searches::unlimited(
          "the model searches the web at will. Choose another model, or use a key without a budget");
    if (std::ranges::any_of(request.offered, hosted))
      return Searches::unlimited(
          "what a tool that runs at the provider brings in is not known. Ask by 'web_search_options', whose "
          "searches are limited, or use a key without a budget");
    if (search(request, context).tool.empty()) return {};
    return search_limits(context.family ? context.family : context.model);
  }
  bool searches_unasked(ChatRequest const* request, catalog::Model const* rules) const override {
    return perplexity::searches_unasked(request, rules, ProviderAdapter::searches_unasked(request, rules));
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/v1/models";
    return r;
  }
  std::vector<Api> apis() const override { return {{Wire::responses, flavour().treatments}}; }
  Treatments const* treatments(ChatRequest const&, EncodeContext const&) const override {
    return flavour().treatments;
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

Dialect const& dialect() {
  static constexpr Dialect facts{.name = "perplexity",
                                 .seller = "perplexity",
                                 .base_url = "https://api.perplexity.ai",
                                 .model_prefix = "perplexity/",
                                 .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::perplexity
