#include "providers/xai/adapter.hpp"

#include "providers/judge.hpp"
#include "providers/openai/responses.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers::xai {
namespace {

openai::Flavour chat_flavour() {
  openai::Flavour f;
  f.usage = &read_chat_usage;
  f.mend_usage = &mend_chat_usage;
  f.refine = &refine;
  return f;
}

// xAI's web search has no such options (§4.4).
Result<> search_options(ChatRequest const& request, std::vector<std::string>& dropped) {
  auto const options = RawNode::parse(request.said(conversation::Feature::search_options));
  if (!options) return boost::system::in_place_value;
  auto const given = [&](std::string_view key) {
    auto const raw = (*options)[key];
    return !raw.empty() && !is_null(raw);
  };
  if (given("user_location"))
    return unsupported("web_search_options.user_location",
                       "has no equivalent at this provider: leave it out");
  if (given("search_context_size")) note_dropped(dropped, "web_search_options.search_context_size");
  return boost::system::in_place_value;
}

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings) return openai::encode_embeddings(request, context);
    if (choose_api(request, context) == Wire::chat) return encode_chat(request, context);
    auto out = responses::encode(request, context, responses_flavour());
    if (out)
      if (auto taken = search_options(request, out->dropped); !taken) return taken.error();
    return out;
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("authorization", "Bearer " + std::string{key});
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    if (context.wire == Wire::responses) return responses::decode(body, context, responses_flavour());
    return openai::decode_answer(body, context, chat_flavour());
  }
  catalog::Usage told_usage(std::string_view body, DecodeContext const& context) const override {
    auto const root = RawNode::parse(body);
    if (!root) return {};
    if (context.wire == Wire::responses) return responses::answer_usage(*root, responses_flavour());
    return openai::answer_usage(*root, context, chat_flavour());
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    if (context.wire == Wire::responses) return responses::stream(context, responses_flavour());
    return openai::chat_stream(context, chat_flavour());
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    auto error = error_from_body(status, body, field, &refine);
    if (status != 410) return error;
    Error removed{Errc::unsupported_parameter, std::string{error.message()}};
    return removed;
  }
  Searches searches(ChatRequest const& request, EncodeContext const&) const override {
    if (!request.server_tools) return {};
    return Searches::unlimited(
        "xAI's models search as often as they like, and the API has no limit for it. Choose a model of "
        "another "
        "provider, or use a key without a budget");
  }
  UpstreamRequest health_check() const override {
    UpstreamRequest r;
    r.path = "/models";
    return r;
  }
  std::vector<Api> apis() const override {
    return {{Wire::responses, responses_flavour().treatments},
            {Wire::chat, &chat_treatments()},
            {Wire::embeddings, nullptr}};
  }
  Treatments const* treatments(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings) return nullptr;
    return choose_api(request, context) == Wire::chat ? &chat_treatments() : responses_flavour().treatments;
  }
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

Dialect const& dialect() {
  static Dialect const facts{.name = "xai",
                             .seller = "xai",
                             .base_url = "https://api.x.ai/v1",
                             .rate_headers = openai::rate_headers(),
                             .adapter = &adapter};
  return facts;
}

}  // namespace tsg::providers::xai
