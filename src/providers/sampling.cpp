#include "providers/sampling.hpp"

#include <charconv>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers {

using conversation::Feature;
double number_of(std::string_view raw) noexcept {
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

Result<> waive(ChatRequest const& request, std::string_view name, std::vector<std::string>& dropped) {
  if (request.strict)
    return unsupported(std::string{name},
                       "is not taken by this model: leave it out, or do not ask to be strict");
  note_dropped(dropped, name);
  return boost::system::in_place_value;
}

Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, std::string_view absent,
                             std::vector<std::string>& dropped) {
  Sampling out;
  out.temperature = request.said(Feature::temperature);
  out.top_p = request.said(Feature::top_p);
  out.top_k = request.said(Feature::top_k);
  if (!out.top_k.empty() && !count_of(out.top_k)) return wrong("top_k", "must be a whole number");
  auto const rule = rules.text("sampling", absent);
  if (rule == "free") return Result<Sampling>{boost::system::in_place_value, std::move(out)};
  for (auto* value : {&out.temperature, &out.top_p})
    if (number_of(*value) == 1) value->clear();
  if (rule == "one" && !out.temperature.empty() && !out.top_p.empty())
    return unsupported("top_p", "is not taken by this model together with 'temperature': leave out one");
  bool const ignored = rule == "ignored" && !request.strict;
  if (rule != "one" && !ignored)
    for (auto const& [name, value] :
         {std::pair{"temperature", &out.temperature}, {"top_p", &out.top_p}, {"top_k", &out.top_k}}) {
      if (value->empty()) continue;
      if (auto waived = waive(request, name, dropped); !waived) return waived.error();
      value->clear();
    }
  return Result<Sampling>{boost::system::in_place_value, std::move(out)};
}

}  // namespace tsg::providers
