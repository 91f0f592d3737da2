#include "tsg/governance/limit.hpp"

#include <nlohmann/json.hpp>

#include "governance/fields.hpp"

namespace tsg::governance {

Result<Limit> parse_limit(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Fields in{*document};
  Limit out;
  // A thousand million a minute: above it the nanosecond would be too coarse a clock.
  constexpr std::int64_t kMost = 1'000'000'000;
  out.requests_per_minute = in.integer("requests_per_minute", 0, kMost);
  out.input_tokens_per_minute = in.integer("input_tokens_per_minute", 0, kMost);
  out.output_tokens_per_minute = in.integer("output_tokens_per_minute", 0, kMost);
  out.concurrency = in.integer("concurrency", 0, 1'000'000);
  auto done = in.finish();
  if (!done) return done.error();
  if (!out.requests_per_minute && !out.input_tokens_per_minute && !out.output_tokens_per_minute &&
      !out.concurrency)
    return Error{Errc::bad_request,
                 "A limit needs at least one of requests_per_minute, input_tokens_per_minute, "
                 "output_tokens_per_minute, concurrency."};
  return out;
}

}  // namespace tsg::governance
