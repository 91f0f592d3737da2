// A time in which nothing can be written: another program holds the database, the disk is full, a file cannot
// be opened or read. When to try again, what is owed meanwhile, and whether the connection can still be
// trusted. Pure: the clock is passed in.
#pragma once
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "store/queue.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::store {

class Outage {
 public:
  // `code` is SQLite's. True: it begins now. The pause before the next try doubles with every failure.
  bool met(int code, SteadyTime now);
  void over() noexcept;
  void give_up() noexcept { next_try_ = SteadyTime::max(); }  // it stays on

  bool on() const noexcept { return pause_.count() > 0; }
  SteadyTime next_try() const noexcept { return next_try_; }  // max() where there is nothing to try
  SteadyTime since() const noexcept { return since_; }
  // Of "busy" and "full" SQLite says that nothing was written and the connection goes on. After anything else
  // the files are opened again.
  bool reopen() const noexcept { return reopen_; }

  void owe(std::unique_ptr<Debt> debt) { debts_.push_back(std::move(debt)); }
  std::vector<std::unique_ptr<Debt>>& debts() noexcept { return debts_; }

 private:
  static constexpr std::chrono::milliseconds kFirst{100}, kMost{3'200};
  std::chrono::milliseconds pause_{0};
  SteadyTime since_, next_try_ = SteadyTime::max();
  bool reopen_ = false;
  std::vector<std::unique_ptr<Debt>> debts_;
};

}  // namespace tsg::store
