// `stop` for models that do not know it: the answer ends before the first of the sequences, whatever the
// provider goes on to say. Of a stream no more is held back than may still become one of them. Work is linear
// in the text, for each sequence (Knuth, Morris, Pratt).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class StopWindow {
 public:
  explicit StopWindow(std::vector<std::string> const& sequences);
  // What may leave of all that was fed; nothing more after a hit.
  std::string feed(std::string_view piece);
  std::string rest();  // at the end of the text: what was held back
  bool hit() const noexcept { return hit_; }

 private:
  struct Sequence {
    explicit Sequence(std::string t);
    std::string text;
    std::vector<std::size_t> fallback;  // longest proper prefix that ends where this one does
    std::size_t matched = 0;            // bytes of `text` that the text so far ends with
  };
  std::vector<Sequence> sequences_;
  std::string held_;
  bool hit_ = false;
};

// For the record.
inline constexpr Adapted kWatchedStops{"stop",
                                       "ended by the gateway; what the provider said beyond it is billed"};

// Whether the gateway takes that many, and that long ones, upon itself. Error: bad_request.
Result<> stops_bearable(std::vector<std::string> const& sequences);

}  // namespace tsg::providers
