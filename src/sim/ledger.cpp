#include "ledger.hpp"

namespace tsg::sim {

std::string hex12(std::uint64_t call) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(12, '0');
  for (std::size_t i = 12; i-- > 0; call >>= 4U) out[i] = kDigits[call & 15U];
  return out;
}

std::string request_id(std::uint64_t call) {
  return "req_sim" + hex12(call);
}

std::uint32_t Ledger::intern(std::string_view model) {
  auto const [at, fresh] =
      model_index_.try_emplace(std::string(model), static_cast<std::uint32_t>(models_.size()));
  if (fresh) models_.emplace_back(model);
  return at->second;
}

void Ledger::add(Charge const& charge) {
  std::scoped_lock const lock(mutex_);
  if (charge.cost_nano_usd)
    total_ += *charge.cost_nano_usd;
  else
    ++unpriced_;
  if (rows_.size() >= calls_max_) {
    ++dropped_;
    return;
  }
  auto const& u = charge.usage;
  rows_.push_back({charge.api, charge.call, intern(charge.model), charge.complete,
                   charge.cost_nano_usd.has_value(), charge.cost_nano_usd.value_or(0), u.input, u.cached,
                   u.cache_write, u.output, u.reasoning, static_cast<std::uint32_t>(u.searches)});
}

void Ledger::reset() {
  std::scoped_lock const lock(mutex_);
  rows_.clear();
  rows_.shrink_to_fit();
  models_.clear();
  model_index_.clear();
  dropped_ = unpriced_ = 0;
  total_ = 0;
}

std::uint64_t Ledger::calls() const {
  std::scoped_lock const lock(mutex_);
  return rows_.size() + dropped_;
}

Int128 Ledger::total_nano_usd() const {
  std::scoped_lock const lock(mutex_);
  return total_;
}

std::string Ledger::row_json(std::size_t index) const {
  auto const& row = rows_[index];
  Usage const usage{row.input, row.cached, row.cache_write, row.output, row.reasoning, row.searches};
  std::string out = "{\"n\":" + std::to_string(index + 1);
  out += ",\"provider\":\"" + std::string(provider_name(row.api->provider()));
  out += "\",\"model\":" + dump(Json(models_[row.model]));
  out += ",\"request_id\":\"" + request_id(row.call);
  out += "\",\"usage\":" + dump(row.api->usage(usage));
  // A JSON number, printed from the integer: no binary fraction has touched it.
  out += ",\"cost_usd\":" + (row.priced ? decimal_of_nano(row.cost_nano_usd) : "null");
  out += row.complete ? ",\"complete\":true" : ",\"complete\":false";
  out += ",\"api\":\"" + std::string(row.api->name()) + "\"}";
  return out;
}

std::string Ledger::to_json() const {
  std::scoped_lock const lock(mutex_);
  std::string out = "{\"calls\":[";
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i > 0) out += ',';
    out += row_json(i);
  }
  out += "],\"total_usd\":" + decimal_of_nano(total_);
  out += ",\"calls_unpriced\":" + std::to_string(unpriced_);
  out += ",\"calls_not_listed\":" + std::to_string(dropped_) + "}";
  return out;
}

}  // namespace tsg::sim
