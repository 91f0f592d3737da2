#include "store/sqlite/outage.hpp"

#include <sqlite3.h>

namespace tsg::store {

bool Outage::met(int code, SteadyTime now) {
  bool const first = !on();
  if (first) since_ = now;
  pause_ = first ? kFirst : std::min(2 * pause_, kMost);
  next_try_ = now + pause_;
  int const primary = code & 0xff;  // the rest of it is detail
  bool const known = primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL;
  reopen_ = reopen_ || !known;
  return first;
}

void Outage::over() noexcept {
  pause_ = {};
  next_try_ = SteadyTime::max();
  reopen_ = false;
}

}  // namespace tsg::store
