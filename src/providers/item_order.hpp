// One item after another, for clients whose protocol cannot show two at once: what is told of a later item
// while one is open waits until that one is closed.
#pragma once
#include <map>

#include "tsg/conversation/event.hpp"

namespace tsg::providers {

class ItemOrder {
 public:
  // Adds the event to `out`, now or when its item's turn has come. Items are numbered in the order in which
  // they open.
  void put(conversation::Event const& event, conversation::EventBatch& out);
  std::size_t held_bytes() const noexcept { return held_bytes_; }

 private:
  static bool of_item(conversation::Event const& event) noexcept;
  void pass(conversation::Event const& event, conversation::EventBatch& out);
  void go_on(conversation::EventBatch& out);

  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t open_ = kNone;
  std::map<std::uint32_t, conversation::EventBatch> held_;  // by item
  std::size_t held_bytes_ = 0;
};

}  // namespace tsg::providers
