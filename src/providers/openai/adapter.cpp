#include "providers/openai/adapter.hpp"

#include "providers/error_shape.hpp"

namespace tsg::providers::openai {
namespace {

class Adapter final : public ProviderAdapter {
 public:
  Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) const override {
    if (request.operation == Operation::embeddings) return encode_embeddings(request, context);
    // The seam for Wire::responses: the translation chooses here, by context.api and the model's rules.
    if (context.api == "responses" || (context.model && context.model->mode == catalog::Mode::responses))
      return Error{Errc::unsupported_parameter,
                   "This model is served by the provider's Responses API only, which is not built in.",
                   "model"};
    return encode_chat(request, context);
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("authorization", "Bearer " + std::string{key});
  }
  Result<Answer> decode(std::string_view body, DecodeContext const& context) const override {
    return decode_answer(body, context);
  }
  std::unique_ptr<StreamDecoder> stream_decoder(DecodeContext const& context) const override {
    return chat_stream(context);
  }
  Error decode_error(int status, std::string_view body,
                     std::function<std::string_view(std::string_view)> const& field) const override {
    return error_from_body(status, body, field);
  }
  std::span<Parameter const> parameters() const override { return {}; }  // all of them: it is the client's dialect
};

}  // namespace

ProviderAdapter const& adapter() {
  static Adapter const instance;
  return instance;
}

}  // namespace tsg::providers::openai
