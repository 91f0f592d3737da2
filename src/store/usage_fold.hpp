// Sums by any grouping, folded row by row. Pure.
#pragma once
#include <map>
#include <tuple>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::store {

inline Error too_long() {
  return Error{
      Errc::overloaded,
      "The report took longer than timeouts.report_ms: ask for a shorter time or a narrower filter."};
}

class UsageFold {
 public:
  explicit UsageFold(UsageQuery const& q) : query_{q} {}

  // `n` has org, team, environment, key_id, provider, model.
  template <class Names>
  bool wants(Names const& n) const {
    auto const is = [](std::string const& asked, auto const& value) {
      return asked.empty() || asked == value;
    };
    auto const& q = query_;
    return is(q.org, n.org) && is(q.team, n.team) && is(q.environment, n.environment) &&
           is(q.key_id, n.key_id) && is(q.provider, n.provider) && is(q.model, n.model);
  }
  template <class Names>
  void add(std::int64_t day_ms, Names const& n, UsageSum const& sum) {
    auto const& g = query_.group;
    auto const kept = [](bool keep, auto const& value) { return keep ? std::string{value} : std::string{}; };
    sums_[Key{g.day ? day_ms : 0, kept(g.org, n.org), kept(g.team, n.team),
              kept(g.environment, n.environment), kept(g.key, n.key_id), kept(g.provider, n.provider),
              kept(g.model, n.model)}] += sum;
  }
  std::vector<UsageRow> rows() const {
    std::vector<UsageRow> out;
    for (auto const& [key, sum] : sums_) {
      auto& r = out.emplace_back();
      std::tie(r.day_ms, r.org, r.team, r.environment, r.key_id, r.provider, r.model) = key;
      r.sum = sum;
    }
    return out;
  }

 private:
  using Key =
      std::tuple<std::int64_t, std::string, std::string, std::string, std::string, std::string, std::string>;
  UsageQuery query_;
  std::map<Key, UsageSum> sums_;
};

}  // namespace tsg::store
