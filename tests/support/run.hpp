// Runs a coroutine to its end on an io_context of its own. The time limit is a net under a hanging test, not
// something a passing test depends on.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>

#include "tsg/core/task.hpp"

namespace tsg::test {

// One io_context per thread, never destroyed between calls: the thread that completed a call may still be
// inside post() when its caller goes on.
template <class T>
Result<T> run(Task<T> task, std::chrono::seconds limit = std::chrono::seconds{60}) {
  thread_local boost::asio::io_context io{1};
  auto const result = std::make_shared<std::optional<Result<T>>>();
  boost::asio::co_spawn(io, std::move(task), [result](std::exception_ptr e, Result<T> r) {
    if (e) std::rethrow_exception(e);
    result->emplace(std::move(r));
  });
  io.restart();
  auto const until = std::chrono::steady_clock::now() + limit;
  while (!*result && io.run_one_until(until) > 0) {
  }
  if (*result) return std::move(**result);
  ADD_FAILURE() << "the coroutine did not end in " << limit.count() << " s";
  return Error{Errc::internal};
}

}  // namespace tsg::test
