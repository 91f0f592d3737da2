#include "providers/sampling.hpp"

#include <charconv>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"

namespace tsg::providers {
namespace {

std::string member(ChatRequest const& request, std::string_view name) {
  auto const* m = request.document.find(name);
  if (!m) return {};
  auto const raw = request.document.raw(m->value);
  return is_null(raw) ? std::string{} : std::string{raw};
}

}  // namespace

double number_of(std::string_view raw) noexcept {
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules) {
  Sampling out;
  out.temperature = member(request, "temperature");
  out.top_p = member(request, "top_p");
  out.top_k = member(request, "top_k");
  if (!out.top_k.empty() && !count_of(out.top_k)) return wrong("top_k", "must be a whole number");
  auto const rule = rules.text("sampling", "refused");
  if (rule == "free") return Result<Sampling>{boost::system::in_place_value, std::move(out)};
  for (auto* value : {&out.temperature, &out.top_p})
    if (number_of(*value) == 1) value->clear();
  if (rule == "refused") {
    auto const* first = !out.temperature.empty() ? "temperature"
                        : !out.top_p.empty()     ? "top_p"
                        : !out.top_k.empty()     ? "top_k"
                                                 : nullptr;
    if (first) return unsupported(first, "is not taken by this model: leave it out");
  }
  if (rule == "one" && !out.temperature.empty() && !out.top_p.empty())
    return unsupported("top_p", "is not taken by this model together with 'temperature': leave out one");
  return Result<Sampling>{boost::system::in_place_value, std::move(out)};
}

}  // namespace tsg::providers
