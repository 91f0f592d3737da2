// Refused strangers must not buy fsyncs (design decision 3): per address and second, the first refusals get a
// record each; the rest are answered all the same and counted, and the count becomes one record per second.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "tsg/core/clock.hpp"

namespace tsg::pipeline {

class Strangers {
 public:
  explicit Strangers(std::size_t addresses_max = 4096) : addresses_max_{addresses_max} {}

  // true: this refusal deserves its own record; false: it has been counted.
  bool deserves_record(std::string const& address, WallTime now, std::size_t per_second) {
    std::int64_t const second = now.ns / 1'000'000'000;
    if (second != second_) {
      second_ = second;
      seen_.clear();
    }
    // A flood from ever new addresses shares one bucket: memory is bounded, and so are the records.
    static std::string const everybody;
    auto const& bucket = seen_.size() < addresses_max_ || seen_.contains(address) ? address : everybody;
    if (++seen_[bucket] <= per_second) return true;
    ++counted_;
    return false;
  }

  std::uint64_t counted() const noexcept { return counted_; }
  std::uint64_t take_counted() noexcept { return std::exchange(counted_, 0); }

 private:
  std::size_t addresses_max_;
  std::int64_t second_ = 0;
  std::unordered_map<std::string, std::size_t> seen_;
  std::uint64_t counted_ = 0;
};

}  // namespace tsg::pipeline
