// The gateway's own members go into an OpenAI answer; no other byte of it is touched.
#include "providers/compose.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

std::string finish_answer(Answer const& answer, DecodeContext const& context, std::string_view provider,
                          std::optional<Nano> cost) {
  bool const chat = context.operation == Operation::chat;
  auto const content = [&]() -> std::string {
    if (answer.verbatim) return answer.verbatim->content;
    return answer.choices.empty() ? "" : json::quoted(answer.choices.front().joined(ItemKind::text));
  };
  std::string members;
  if (chat) {
    members = ",\"content\":";
    auto const said = content();
    members += said.empty() ? "\"\"" : said;
  }
  auto const shown = [&](std::string_view body, std::size_t usage_end) {
    return splice(body, usage_end, answer.usage, true, context.operation, members, provider, cost);
  };
  if (answer.verbatim) return shown(answer.verbatim->body, answer.verbatim->usage_end);
  auto const composed = compose(context, answer);
  return shown(composed.body, composed.usage_end);
}

}  // namespace tsg::providers
