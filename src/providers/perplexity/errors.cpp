#include <array>

#include "providers/perplexity/adapter.hpp"

namespace tsg::providers::perplexity {
namespace {

struct Word {
  std::string_view theirs, code, type;
};
constexpr std::array kWords{
    Word{"request_rate_limit_exceeded", "rate_limit_exceeded", "rate_limit_error"},
    Word{"too_many_prompt_tokens", "context_length_exceeded", "invalid_request_error"},
    Word{"invalid_request", "", "invalid_request_error"},
    Word{"invalid_model", "", "invalid_request_error"},
    Word{"invalid_parameter", "", "invalid_request_error"},
    Word{"invalid_message", "", "invalid_request_error"},
    Word{"gateway_timeout", "service_unavailable", ""},
    Word{"bad_gateway", "service_unavailable", ""},
};

}  // namespace

void refine(RawNode const&, Failure& f) {
  for (auto const& word : kWords)
    if (f.type == word.theirs || f.code == word.theirs) {
      f.code = word.code;
      f.type = word.type;
      break;
    }
  if (f.status == 424) f.status = 502;  // a connector of theirs failed
}

}  // namespace tsg::providers::perplexity
