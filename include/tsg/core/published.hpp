// An immutable value that is replaced as a whole and read by any thread, such as a table of keys or a
// configuration. std::atomic<std::shared_ptr> would say the same, but gcc 12's load() gives its lock bit back
// with relaxed order (bits/shared_ptr_atomic.h), so that a store may overlap the read: ThreadSanitizer is
// right to report it. An uncontended mutex costs some 15 ns; it is held for the copy of a pointer, never
// while a value is built or freed.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace tsg {

template <class T>
class Published {
 public:
  Published() = default;
  explicit Published(std::shared_ptr<T const> value) : value_{std::move(value)} {}

  std::shared_ptr<T const> load() const {
    std::lock_guard const lock{mutex_};
    return value_;
  }
  // Whoever loads after this returns gets `next`; those who hold the old value keep it alive.
  void store(std::shared_ptr<T const> next) {
    std::lock_guard const lock{mutex_};
    value_.swap(next);
  }  // the lock is given back before `next`, now the old value, is freed

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<T const> value_;
};

}  // namespace tsg
