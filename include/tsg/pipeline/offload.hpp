// Long work away from the loops: a worker's loop serves thousands, so what takes milliseconds runs on threads
// of its own, and the coroutine goes on where it was.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tsg/core/task.hpp"

namespace tsg::pipeline {

class Offload {
 public:
  Offload();
  ~Offload();
  // Until then, and after stop(), everything runs where it is asked for.
  void start(std::size_t threads);
  // What runs is waited for; what still waits is dropped with the coroutine that wanted it. The loops must
  // have ended, and what their coroutines refer to must still be there.
  void stop();

  // Runs `work` and gives back what it returns, on the caller's executor again. Meanwhile nobody else may
  // touch what it works on. `bytes` decides whether it is worth the way (a few dozen microseconds): from
  // `least` on.
  template <class F>
  Awaitable<std::invoke_result_t<F&>> run(std::size_t bytes, std::size_t least, F work) {
    if (bytes < least || !started()) co_return work();
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
      std::function<void()> const job = std::ref(work);  // named: style pitfall 1 of gcc 12
      co_await elsewhere(job);
    } else {
      std::optional<R> result;
      std::function<void()> const job = [&] { result.emplace(work()); };
      co_await elsewhere(job);
      co_return std::move(*result);
    }
  }

 private:
  struct Pool;
  bool started() const noexcept { return pool_ != nullptr; }
  Awaitable<> elsewhere(std::function<void()> const& work);
  std::unique_ptr<Pool> pool_;
};

}  // namespace tsg::pipeline
