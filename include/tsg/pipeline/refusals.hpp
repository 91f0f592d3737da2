// Requests of a key that buy nothing must not buy log (design decision 3): what is refused before it is sent,
// and what is only read, has a record of its own within the key's rate. Beyond it the first has one, and
// those of the next seconds share one a second that counts them. Pure; thread-safe, shared by all workers, so
// that it is one record and not one for each worker.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/governance/meter.hpp"
#include "tsg/keys/directory.hpp"

namespace tsg::pipeline {

class Refusals {
 public:
  struct Verdict {
    Verdict() = default;
    bool own_record = true;  // false: it has been counted
    bool begin = false;      // whoever gets this calls take() each second, until that says that it is over
  };
  // `what`: status and code, of a few hundred at most. `per_second`: own records of a key that has no rate.
  Verdict note(keys::Key const& key, std::string_view what, governance::Room room, std::size_t per_second,
               WallTime now);

  struct Sum {  // of one key and second
    Sum() = default;
    std::string org, team, environment, key_id;
    std::map<std::string, std::uint64_t, std::less<>> counts;  // by `what`
    std::uint64_t total() const noexcept;
  };
  struct Taken {
    Taken() = default;
    std::vector<Sum> sums;
    bool over = false;  // nobody is beyond a rate any more
  };
  Taken take();

 private:
  struct Window {
    Window() = default;
    Sum sum;
    bool open = false;         // beyond its rate, and not a quiet second since
    std::int64_t second = -1;  // of a key without a rate: whose records `own` counts
    std::size_t own = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;  // of keys that exist, and only while they misbehave
  bool running_ = false;
};

}  // namespace tsg::pipeline
