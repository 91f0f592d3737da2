// What `top -H`, `perf` and a debugger call a thread.
#pragma once
#include <pthread.h>

namespace tsg {

// Names the calling thread; at most 15 characters (Linux), or nothing happens.
inline void name_this_thread(char const* name) noexcept {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace tsg
