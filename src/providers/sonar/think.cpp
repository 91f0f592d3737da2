#include <algorithm>

#include "providers/sonar/adapter.hpp"

namespace tsg::providers::sonar {
namespace {

constexpr std::string_view kOpen = "<think>", kClose = "</think>";

// How many bytes at the end of `text` could be the beginning of `tag`.
std::size_t begun(std::string_view text, std::string_view tag) noexcept {
  for (std::size_t n = std::min(text.size(), tag.size() - 1); n > 0; --n)
    if (text.ends_with(tag.substr(0, n))) return n;
  return 0;
}

}  // namespace

ThinkSplitter::Pieces ThinkSplitter::feed(std::string_view piece) {
  Pieces out;
  held_ += piece;
  if (state_ == State::start) {
    if (held_.size() < kOpen.size() && kOpen.starts_with(held_)) return out;
    state_ = held_.starts_with(kOpen) ? State::thinking : State::text;
    if (state_ == State::thinking) held_.erase(0, kOpen.size());
  }
  if (state_ == State::thinking) {
    auto const end = held_.find(kClose);
    auto const keep = end == std::string::npos ? begun(held_, kClose) : 0;
    out.thought = held_.substr(0, end == std::string::npos ? held_.size() - keep : end);
    held_.erase(0, out.thought.size() + (end == std::string::npos ? 0 : kClose.size()));
    if (end == std::string::npos) return out;
    state_ = State::after;
  }
  if (state_ == State::after) {  // blank lines between the two belong to neither
    held_.erase(0, held_.find_first_not_of("\r\n "));
    if (held_.empty()) return out;
    state_ = State::text;
  }
  out.text = std::move(held_);
  held_.clear();
  return out;
}

ThinkSplitter::Pieces ThinkSplitter::rest() {
  Pieces out;
  (state_ == State::thinking ? out.thought : out.text) = std::move(held_);
  held_.clear();
  return out;
}

}  // namespace tsg::providers::sonar
