#include "providers/anthropic/sampling.hpp"

#include "providers/judge.hpp"

namespace tsg::providers::anthropic {

Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, bool thinking,
                             std::vector<std::string>& dropped) {
  auto out = providers::sampling_of(request, rules, "refused", dropped);
  if (!out) return out;
  auto const temperature = number_of(out->temperature);
  if (thinking && rules.flag("thinking_exclusive", false)) {
    auto const* first = !out->temperature.empty() && temperature != 1         ? "temperature"
                        : !out->top_p.empty() && number_of(out->top_p) < 0.95 ? "top_p"
                        : !out->top_k.empty()                                 ? "top_k"
                                                                              : nullptr;
    if (first) return unsupported(first, "is not taken by this model together with thinking: leave out one");
  }
  if (temperature > 1) out->temperature = "1";  // as their own layer does
  return out;
}

}  // namespace tsg::providers::anthropic
