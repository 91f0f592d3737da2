#include "providers/item_order.hpp"

namespace tsg::providers {

// Choices end and have logprobs whatever is open.
bool ItemOrder::of_item(conversation::Event const& event) noexcept {
  using Kind = conversation::Event::Kind;
  switch (event.kind) {
    case Kind::open:
    case Kind::text:
    case Kind::citation:
    case Kind::seal:
    case Kind::close:
      return true;
    case Kind::extra:
      return event.joined;
    default:
      return false;
  }
}

void ItemOrder::put(conversation::Event const& event, conversation::EventBatch& out) {
  if (!of_item(event) || open_ == kNone || event.item == open_) {
    pass(event, out);
    if (open_ == kNone) go_on(out);
    return;
  }
  auto& waiting = held_[event.item];
  auto const before = waiting.bytes();
  waiting.add(event);
  held_bytes_ += waiting.bytes() - before + sizeof event;
}

void ItemOrder::pass(conversation::Event const& event, conversation::EventBatch& out) {
  if (event.kind == conversation::Event::Kind::open) open_ = event.item;
  if (event.kind == conversation::Event::Kind::close) open_ = kNone;
  out.add(event);
}

// The next items, as far as they are whole; the one that is not is now open.
void ItemOrder::go_on(conversation::EventBatch& out) {
  while (open_ == kNone && !held_.empty()) {
    auto const first = held_.extract(held_.begin());
    for (auto const& event : first.mapped().events()) pass(event, out);
  }
  if (held_.empty()) held_bytes_ = 0;
}

}  // namespace tsg::providers
