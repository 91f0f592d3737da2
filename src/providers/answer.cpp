// The gateway's own members go into an OpenAI answer; no other byte of it is touched.
#include "providers/openai_shape.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

std::string finish_answer(Answer const& answer, Operation operation, std::string_view provider,
                          std::optional<Nano> cost) {
  std::string members;
  if (operation == Operation::chat) {
    members = ",\"content\":";
    members += answer.content_json.empty() ? std::string_view{"\"\""} : std::string_view{answer.content_json};
  }
  return splice(answer.body, answer.usage_end, answer.usage, true, operation, members, provider, cost);
}

}  // namespace tsg::providers
