#include "tsg/conversation/event.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace tsg::conversation {
namespace {

constexpr std::size_t kBlockLeast = 1024;     // a few events of an ordinary stream
constexpr std::size_t kBlockMost = 64 << 10;  // unless one piece is larger
constexpr std::size_t kKeptMost = 8 << 10;    // of blocks, for the next feed: a stream may live for hours
constexpr std::size_t kEventsKept = 64;

}  // namespace

std::size_t EventBatch::content_events() const noexcept {
  std::size_t n = 0;
  bool counted = false;  // of those that are joined
  for (auto const& event : events_) {
    if (!event.joined) counted = false;
    if (!counted && event.content()) counted = ++n != 0;
  }
  return n;
}

bool EventBatch::kept(std::string_view view) const noexcept {
  std::less_equal<char const*> const before;
  return std::ranges::any_of(blocks_, [&](Block const& b) {
    return before(b.bytes.get(), view.data()) && before(view.data() + view.size(), b.bytes.get() + b.size);
  });
}

char* EventBatch::room(std::size_t bytes) {
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < bytes) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    auto const twice = blocks_.empty() ? kBlockLeast : 2 * blocks_.back().size;
    auto const size = std::max(bytes, std::min(twice, kBlockMost));
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }
  auto* const at = blocks_[block_].bytes.get() + used_;
  used_ += bytes;
  bytes_ += bytes;
  return at;
}

std::string_view EventBatch::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  auto* const at = room(bytes.size());
  std::memcpy(at, bytes.data(), bytes.size());
  return {at, bytes.size()};
}

Event& EventBatch::add(Event const& event) {
  auto& e = events_.emplace_back(event);
  for (auto* view : {&e.text, &e.id, &e.name, &e.json, &e.wire}) *view = own(*view);
  return e;
}

void EventBatch::append(EventBatch const& other) {
  for (auto const& event : other.events_) add(event);
}

void EventBatch::clear() noexcept {
  if (events_.capacity() > kEventsKept) std::vector<Event>{}.swap(events_);
  events_.clear();
  std::size_t total = 0, keep = 0;
  while (keep < blocks_.size() && (total += blocks_[keep].size) <= kKeptMost) ++keep;
  blocks_.resize(keep);
  block_ = used_ = bytes_ = 0;
}

}  // namespace tsg::conversation
