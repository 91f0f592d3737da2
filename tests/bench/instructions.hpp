// User-space instructions per iteration, beside the time: time is noisy, instructions are not. Debian builds
// Google Benchmark without libpfm, so the kernel is asked directly; where it refuses, the column is absent.
#pragma once
#include <benchmark/benchmark.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tsg::bench {

// Declared after the set-up, dies after the loop.
class Instructions {
 public:
  explicit Instructions(benchmark::State& state) : state_{state} {
    perf_event_attr what{};
    what.type = PERF_TYPE_HARDWARE;
    what.size = sizeof what;
    what.config = PERF_COUNT_HW_INSTRUCTIONS;
    what.exclude_kernel = 1;
    what.exclude_hv = 1;
    fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &what, 0, -1, -1, 0));
  }
  Instructions(Instructions const&) = delete;
  Instructions& operator=(Instructions const&) = delete;
  ~Instructions() {
    std::uint64_t count = 0;
    if (fd_ >= 0 && ::read(fd_, &count, sizeof count) == sizeof count)
      state_.counters["instructions"] =
          benchmark::Counter(static_cast<double>(count), benchmark::Counter::kAvgIterations);
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  benchmark::State& state_;
  int fd_ = -1;
};

}  // namespace tsg::bench
