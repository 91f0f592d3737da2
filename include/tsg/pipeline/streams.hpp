// How many streams run at once in this process (limits.streams_max): beyond it a new one is refused before
// anything is admitted or sent. Plain answers and the admin API keep working.
#pragma once
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace tsg::pipeline {

class Streams {
 public:
  class Slot {
   public:
    Slot(Slot&& o) noexcept : count_{std::exchange(o.count_, nullptr)} {}
    Slot& operator=(Slot&& o) noexcept {
      std::swap(count_, o.count_);
      return *this;
    }
    ~Slot() {
      if (count_) count_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class Streams;
    explicit Slot(std::atomic<std::size_t>& count) noexcept : count_{&count} {}
    std::atomic<std::size_t>* count_;
  };

  std::optional<Slot> take(std::size_t most) noexcept {
    if (count_.fetch_add(1, std::memory_order_relaxed) < most) return Slot{count_};
    count_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  std::size_t now() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> count_{0};
};

}  // namespace tsg::pipeline
