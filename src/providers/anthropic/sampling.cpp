#include "providers/anthropic/sampling.hpp"

#include <charconv>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"

namespace tsg::providers::anthropic {
namespace {

std::string member(ChatRequest const& request, std::string_view name) {
  auto const* m = request.document.find(name);
  if (!m) return {};
  auto const raw = request.document.raw(m->value);
  return is_null(raw) ? std::string{} : std::string{raw};
}
double number(std::string_view raw) noexcept {
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

}  // namespace

Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, bool thinking) {
  Sampling out;
  out.temperature = member(request, "temperature");
  out.top_p = member(request, "top_p");
  out.top_k = member(request, "top_k");
  if (!out.temperature.empty() && number(out.temperature) == 1) out.temperature.clear();
  if (!out.top_p.empty() && number(out.top_p) == 1) out.top_p.clear();
  if (!out.top_k.empty() && !count_of(out.top_k)) return wrong("top_k", "must be a whole number");
  auto const rule = rules.text("sampling", "refused");
  struct Named {
    std::string_view name;
    std::string const& value;
  };
  for (auto const& p : {Named{"temperature", out.temperature}, {"top_p", out.top_p}, {"top_k", out.top_k}}) {
    if (p.value.empty()) continue;
    if (rule == "refused")
      return unsupported(std::string{p.name}, "is not taken by this model: leave it out");
    bool const near_one = p.name == "top_p" && number(p.value) >= 0.95;  // the one that goes with thinking
    if (thinking && rules.flag("thinking_exclusive", false) && !near_one)
      return unsupported(std::string{p.name},
                         "is not taken by this model together with thinking: leave out one");
  }
  if (rule == "one" && !out.temperature.empty() && !out.top_p.empty())
    return unsupported("top_p", "is not taken by this model together with 'temperature': leave out one");
  if (!out.temperature.empty() && number(out.temperature) > 1)
    out.temperature = "1";  // as their own layer does
  return out;
}

}  // namespace tsg::providers::anthropic
