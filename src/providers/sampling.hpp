// temperature, top_p and top_k, by what the model takes (rule `sampling`), on every dialect whose models
// differ in that. A model that has no such control gets the request without it: the names are listed in the
// record and in x-tsg-dropped. Who asked to be strict is refused instead. The default, 1, asks for nothing.
#pragma once
#include <string>
#include <vector>

#include "providers/rules.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

struct Sampling {
  Sampling() = default;
  std::string temperature, top_p, top_k;  // JSON numbers; "" = not sent
};
// `absent`: the rule of models that state none. Rules: "free"; "one" of temperature and top_p; "ignored":
// taken and without effect, so it is sent; "refused".
Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, std::string_view absent,
                             std::vector<std::string>& dropped);

// Of penalties and their like, where the model has no such control: left out and noted, or refused.
Result<> waive(ChatRequest const& request, std::string_view name, std::vector<std::string>& dropped);

double number_of(std::string_view raw) noexcept;  // 0 unless a number

}  // namespace tsg::providers
