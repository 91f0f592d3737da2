#include "store/parts.hpp"

#include "tsg/core/bytes.hpp"

namespace tsg::store {
namespace {

bool is_input(std::string_view meter) noexcept {
  return meter.find("input") != std::string_view::npos || meter.starts_with("cache_write");
}
bool is_output(std::string_view meter) noexcept {
  return meter.starts_with("output") || meter == "reasoning";
}

}  // namespace

std::string parts_json(std::vector<audit::CostPart> const& parts) {
  if (parts.empty()) return {};
  std::string out;
  out.reserve(parts.size() * 64);
  out += '[';
  for (auto const& p : parts) {
    if (out.size() > 1) out += ',';
    out.append("[\"").append(p.meter).append("\"");
    for (auto const number : {p.units, p.cost.v, p.price.per_million, p.list_price.per_million}) {
      out += ',';
      append_int(out, number);
    }
    out += ']';
  }
  out += ']';
  return out;
}

UsageSum tokens_of(std::vector<audit::CostPart> const& parts) {
  UsageSum sum;
  for (auto const& p : parts) {
    auto const add = [&p](std::int64_t& to) { to = saturated_add(to, p.units); };
    if (is_input(p.meter)) add(sum.input_tokens);
    if (p.meter.starts_with("cached_input")) add(sum.cached_input_tokens);
    if (is_output(p.meter)) add(sum.output_tokens);
  }
  return sum;
}

}  // namespace tsg::store
