// Who waits, and whose turn it is: first come, first served inside an organisation; organisations take turns.
// Pure; the lock is its owner's.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace tsg::pipeline {

template <class Waiter>
class Turns {
 public:
  enum class Offer : std::uint8_t {
    taken,   // out of the line; its organisation's next turn comes after everybody else's
    passed,  // it cannot take it, another organisation may
    kept,    // it cannot yet, and nobody may overtake it
  };

  void add(std::string_view org, std::shared_ptr<Waiter> waiter) {
    auto line = std::ranges::find(lines_, org, &Line::org);
    if (line == lines_.end()) line = lines_.insert(lines_.end(), Line{std::string{org}, {}});
    line->waiters.push_back(std::move(waiter));
    ++size_;
  }

  // False: it does not stand here (any more).
  bool remove(std::string_view org, Waiter const& waiter) {
    auto const line = std::ranges::find(lines_, org, &Line::org);
    if (line == lines_.end()) return false;
    auto const at = std::ranges::find(line->waiters, &waiter, &std::shared_ptr<Waiter>::get);
    if (at == line->waiters.end()) return false;
    line->waiters.erase(at);
    if (line->waiters.empty()) lines_.erase(line);
    --size_;
    return true;
  }

  // Offers a place to the first of each organisation, in turn, until nobody takes one.
  template <class F>
  void serve(F&& offer) {
    for (auto line = lines_.begin(); line != lines_.end();) {
      auto const answer = offer(*line->waiters.front());
      if (answer == Offer::kept) return;
      auto const served = line++;
      if (answer == Offer::passed) continue;
      served->waiters.pop_front();
      --size_;
      if (served->waiters.empty()) {
        lines_.erase(served);
        continue;
      }
      lines_.splice(lines_.end(), lines_, served);
      if (line == lines_.end()) line = served;
    }
  }

  std::size_t size() const noexcept { return size_; }

 private:
  struct Line {
    std::string org;
    std::deque<std::shared_ptr<Waiter>> waiters;  // never empty
  };
  std::list<Line> lines_;  // in the order of their turns
  std::size_t size_ = 0;
};

}  // namespace tsg::pipeline
