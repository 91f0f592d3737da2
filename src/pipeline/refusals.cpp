#include "tsg/pipeline/refusals.hpp"

#include <utility>

namespace tsg::pipeline {

std::uint64_t Refusals::Sum::total() const noexcept {
  std::uint64_t n = 0;
  for (auto const& [what, count] : counts) n += count;
  return n;
}

Refusals::Verdict Refusals::note(keys::Key const& key, std::string_view what, governance::Room room,
                                 std::size_t per_second, WallTime now) {
  using governance::Room;
  Verdict out;
  if (room == Room::within) return out;
  std::lock_guard const lock{mutex_};
  auto& w = windows_[key.id];
  auto const second = now.ns / 1'000'000'000;
  if (std::exchange(w.second, second) != second) w.own = 0;
  if (room == Room::unlimited && ++w.own <= per_second) {
    out.begin = !std::exchange(running_, true);
    return out;
  }
  if (!std::exchange(w.open, true)) {
    w.sum.org = key.org;
    w.sum.team = key.team;
    w.sum.environment = key.environment;
    w.sum.key_id = key.id;
    out.begin = !std::exchange(running_, true);
    return out;
  }
  auto at = w.sum.counts.find(what);
  if (at == w.sum.counts.end()) at = w.sum.counts.emplace(what, 0).first;
  ++at->second;
  out.own_record = false;
  return out;
}

Refusals::Taken Refusals::take() {
  Taken out;
  std::lock_guard const lock{mutex_};
  for (auto at = windows_.begin(); at != windows_.end();) {
    auto& counts = at->second.sum.counts;
    if (counts.empty()) {
      at = windows_.erase(at);
      continue;
    }
    out.sums.push_back(at->second.sum);
    counts.clear();
    ++at;
  }
  out.over = windows_.empty();
  if (out.over) running_ = false;
  return out;
}

}  // namespace tsg::pipeline
