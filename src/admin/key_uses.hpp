// When keys were last used, over a restart. A request only touches a number in memory (KEY-11); what has
// moved is written once a minute and at the end, so the last minute is what a kill -9 may cost.
#pragma once
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

class KeyUses {
 public:
  explicit KeyUses(State& state) : state_{state} {}

  Task<> load();          // once, when the keys are there and nobody is served yet
  Task<> keep();          // those used since the last time
  Awaitable<> keep_on();  // once a minute, until the loop ends

 private:
  State& state_;
  WallTime since_{};  // a full minute; uses from it on may not be in the store yet
};

}  // namespace tsg::admin
