// What Anthropic says an answer used, in disjoint classes: its `input_tokens` leaves out the cache (§1.8),
// its `output_tokens` includes thinking. Streams say it in parts, cumulatively: the last value of each
// counts.
#pragma once
#include <optional>

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
  // `reported` once the output was told.
  catalog::Usage usage() const;

 private:
  void read(RawNode const& usage, bool larger);
  std::optional<std::int64_t> input_, cache_read_, cache_write_, write_5m_, write_1h_, output_, thinking_;
  std::int64_t searches_ = 0, fetches_ = 0;
  std::string tier_, region_;
  bool output_told_ = false, invalid_ = false;
};

}  // namespace tsg::providers::anthropic
