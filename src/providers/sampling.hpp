// temperature, top_p and top_k, by what the model takes (rule `sampling`), on every dialect whose models
// differ in that: what a model refuses or ignores is refused here by name, since without it the answers would
// be others than those that were asked for. The default, 1, asks for nothing.
#pragma once
#include <string>

#include "providers/rules.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

struct Sampling {
  Sampling() = default;
  std::string temperature, top_p, top_k;  // JSON numbers; "" = not sent
};
Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules);

double number_of(std::string_view raw) noexcept;  // 0 unless a number

}  // namespace tsg::providers
