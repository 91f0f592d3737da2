#include "pipeline/rate_headers.hpp"

#include <algorithm>
#include <charconv>

namespace tsg::pipeline {
namespace {

std::optional<std::int64_t> number(std::optional<std::string_view> text) noexcept {
  std::int64_t n = 0;
  if (!text) return {};
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (error != std::errc{} || end != text->data() + text->size() || n < 0 || n > INT64_MAX / 1000) return {};
  return n;
}

}  // namespace

std::optional<std::int64_t> remaining_permille(std::span<providers::RateHeaders const> told,
                                               HeadField const& field) {
  std::optional<std::int64_t> least;
  for (auto const& pair : told) {
    auto const limit = number(field(pair.limit)), remaining = number(field(pair.remaining));
    if (!limit || !remaining || *limit == 0) continue;
    least = std::min(least.value_or(1000), std::min<std::int64_t>(*remaining * 1000 / *limit, 1000));
  }
  return least;
}

}  // namespace tsg::pipeline
