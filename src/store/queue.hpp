// How calls reach a thread that blocks and come back: an operation is queued, run there, and completed on the
// caller's own io_context. Completions of one batch that go to the same io_context travel in one post.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg::store {

// What has to be written although its caller was told that it failed: its work, without the caller.
class Debt {
 public:
  virtual ~Debt() = default;
  virtual void pay() = 0;
};

class Operation {
 public:
  explicit Operation(Executor home) : home_{std::move(home)} {}
  virtual ~Operation() = default;
  virtual void run() = 0;              // on the blocking thread
  virtual void fail(Error error) = 0;  // instead of, or after, run(): the commit did not succeed
  virtual void complete() = 0;         // on the home io_context; resumes the caller
  // Once, after it has failed; null: nothing remains to be done.
  virtual std::unique_ptr<Debt> owed() { return nullptr; }
  Executor const& home() const noexcept { return home_; }

 private:
  Executor home_;
};
using Operations = std::vector<std::unique_ptr<Operation>>;

enum class IfItFails : std::uint8_t { forget, owe };

template <class T, IfItFails kThen, class Work, class Handler>
class TypedOperation final : public Operation {
 public:
  TypedOperation(Executor home, Work work, Handler handler)
      : Operation{std::move(home)}, work_{std::move(work)}, handler_{std::move(handler)} {}
  void run() override { result_ = work_(); }
  void fail(Error error) override { result_ = std::move(error); }
  void complete() override { std::move(handler_)(std::move(result_)); }
  std::unique_ptr<Debt> owed() override {
    if constexpr (kThen == IfItFails::owe)
      return std::make_unique<OwedWork>(std::move(work_));
    else
      return nullptr;
  }

 private:
  struct OwedWork final : Debt {
    explicit OwedWork(Work w) : work{std::move(w)} {}
    void pay() override { (void)work(); }
    Work work;
  };

  Work work_;
  Handler handler_;
  Result<T> result_{Error{Errc::audit_unavailable}};
};

class Queue {
 public:
  // false: closed; the operation was not taken.
  bool push(std::unique_ptr<Operation>& op) {
    {
      std::lock_guard const lock{mutex_};
      if (closed_) return false;
      pending_.push_back(std::move(op));
      if (!sleeping_ || pending_.size() < awaited_) return true;
    }
    wake_.notify_one();
    return true;
  }
  // Everything queued, waiting until `until` for the first. Empty after a timeout, or when closed.
  void take(Operations& into, SteadyTime until) {
    std::unique_lock lock{mutex_};
    sleep(lock, 1, until);
    into.swap(pending_);
  }
  // Waits until `enough` are queued or `until` has come. Nobody is woken for less.
  void gather(std::size_t enough, SteadyTime until) {
    std::unique_lock lock{mutex_};
    sleep(lock, enough, until);
  }
  void close() {
    {
      std::lock_guard const lock{mutex_};
      closed_ = true;
    }
    wake_.notify_all();
  }
  bool closed() const {
    std::lock_guard const lock{mutex_};
    return closed_ && pending_.empty();
  }

 private:
  void sleep(std::unique_lock<std::mutex>& lock, std::size_t enough, SteadyTime until) {
    awaited_ = enough;
    sleeping_ = true;
    wake_.wait_until(lock, until, [&] { return pending_.size() >= enough || closed_; });
    sleeping_ = false;
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Operations pending_;
  std::size_t awaited_ = 1;  // by the sleeper
  bool sleeping_ = false, closed_ = false;
};

// One post per io_context. Operations whose io_context has ended are destroyed with it, unresumed.
inline void complete_all(Operations ops) {
  while (!ops.empty()) {
    Executor const home = ops.front()->home();
    Operations mine, others;
    for (auto& op : ops) (op->home() == home ? mine : others).push_back(std::move(op));
    boost::asio::post(home, [batch = std::make_shared<Operations>(std::move(mine))] {
      for (auto& op : *batch) op->complete();
    });
    ops = std::move(others);
  }
}

// Runs `work` (returning Result<T>) on the queue's thread and resumes the caller with what it gave.
template <class T, IfItFails kThen = IfItFails::forget, class Work>
Task<T> submit(Queue& queue, Work work) {
  return boost::asio::async_initiate<decltype(use_task), void(Result<T>)>(
      [&queue](auto handler, Work w) {
        Executor home = boost::asio::get_associated_executor(handler);
        using Op = TypedOperation<T, kThen, Work, decltype(handler)>;
        std::unique_ptr<Operation> op = std::make_unique<Op>(home, std::move(w), std::move(handler));
        if (queue.push(op)) return;
        op->fail(Error{Errc::audit_unavailable});
        Operations alone;
        alone.push_back(std::move(op));
        complete_all(std::move(alone));
      },
      use_task, std::move(work));
}

}  // namespace tsg::store
