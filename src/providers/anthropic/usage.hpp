// What Anthropic says an answer used, in disjoint classes: its `input_tokens` leaves out the cache (§1.8),
// its `output_tokens` includes thinking. Streams say it in parts, cumulatively: the last value of each
// counts. What was compacted or advised beside the answer is in `iterations` alone, and is added from there;
// where another model took over, the top level is what it used, and `iterations` says which one it was.
#pragma once
#include <optional>
#include <vector>

#include "providers/raw_json.hpp"
#include "tsg/catalog/usage.hpp"

namespace tsg::providers::anthropic {

class UsageBook {
 public:
  // Of `message_start`: input is final unless told again, output is a placeholder. A second one keeps the
  // larger numbers.
  void start(RawNode const& usage);
  // Of `message_delta`, or of a whole answer. Fields that are missing or null stay.
  void told(RawNode const& usage);
  // `reported` once the output was told. `model`: as the answer reports it.
  catalog::Usage usage(std::string_view model = {}) const;

 private:
  void read(RawNode const& usage, bool larger);
  void iterations(RawNode const& usage);
  catalog::Usage counts() const;  // of the top level
  std::optional<std::int64_t> input_, cache_read_, cache_write_, write_5m_, write_1h_, output_, thinking_;
  std::int64_t searches_ = 0, fetches_ = 0;
  std::string tier_, region_, successor_;
  std::vector<catalog::Usage> beside_;
  bool output_told_ = false, invalid_ = false, fell_back_ = false;
};

}  // namespace tsg::providers::anthropic
