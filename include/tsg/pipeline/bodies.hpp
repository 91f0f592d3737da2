// One bound for the bodies that are in memory, of requests and of answers, whoever sends them
// (limits.bodies_bytes_max). Counted is what came over the wire and is kept; while it is worked on there may
// be two or three forms of it (what was received, what is sent on, what was understood of it), so memory can
// be a small multiple of the bound. Thread-safe.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tsg::pipeline {

// What is kept, and how much of the bound it may use: what has been bought comes before what may still be
// refused for nothing, and everyday requests before large ones.
enum class Kept : std::uint8_t { request, answer };

class Bodies {
 public:
  static constexpr std::size_t everyday = 1 << 20;  // bytes of a request that is no large one
  // Not counted: there are no more of these than limits.requests_max.
  static constexpr std::size_t small = 8'192;

  class Share {  // of one body; given back when it dies. One thread at a time.
   public:
    Share() = default;
    Share(Bodies& bodies, Kept kept) noexcept : bodies_{&bodies}, kept_{kept} {}
    Share(Share&& other) noexcept
        : bodies_{other.bodies_}, kept_{other.kept_}, held_{std::exchange(other.held_, 0)} {}
    Share& operator=(Share&& other) noexcept {
      std::swap(bodies_, other.bodies_);
      std::swap(kept_, other.kept_);
      std::swap(held_, other.held_);
      return *this;
    }
    ~Share() { release(); }

    // It has grown to so many bytes, or will with what is read next. False: there is no room, and nothing has
    // changed. Never shrinks.
    bool hold(std::size_t bytes) noexcept {
      if (bodies_ == nullptr || bytes <= small || bytes <= held_) return true;
      auto const wanted = (bytes + kStep - 1) / kStep * kStep;
      if (!bodies_->take(wanted - held_, bodies_->room_for(kept_, bytes))) return false;
      held_ = wanted;
      return true;
    }
    void release() noexcept {
      if (held_ != 0) bodies_->used_.fetch_sub(std::exchange(held_, 0), std::memory_order_relaxed);
    }

   private:
    static constexpr std::size_t kStep = 65'536;  // so that a stream of pieces costs few atomic operations
    Bodies* bodies_ = nullptr;
    Kept kept_ = Kept::request;
    std::size_t held_ = 0;
  };

  void set_most(std::size_t bytes) noexcept { most_.store(bytes, std::memory_order_relaxed); }
  Share request() noexcept { return {*this, Kept::request}; }
  Share answer() noexcept { return {*this, Kept::answer}; }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::size_t room_for(Kept kept, std::size_t bytes) const noexcept {
    auto const most = most_.load(std::memory_order_relaxed);
    if (kept == Kept::answer) return most;
    return bytes <= everyday ? most - most / 8 : most - most / 4;
  }
  bool take(std::size_t bytes, std::size_t room) noexcept {
    auto now = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > room || now > room - bytes) return false;
    } while (!used_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
    return true;
  }

  std::atomic<std::size_t> used_{0}, most_{std::size_t{512} << 20};
};

}  // namespace tsg::pipeline
