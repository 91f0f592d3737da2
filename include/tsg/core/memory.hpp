// Memory that this thread has freed and the allocator keeps for it.
#pragma once

extern "C" void mi_collect(bool force) __attribute__((weak));  // mimalloc's, where it is linked

namespace tsg {

// Back to the system. mimalloc does so only while a thread allocates: one that falls silent keeps what its
// last large request took. Costs the next one its page faults, so it is for a thread that has nothing to do.
inline void give_back_memory() noexcept {
  if (mi_collect != nullptr) mi_collect(true);
}

}  // namespace tsg
