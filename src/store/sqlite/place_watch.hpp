// Looks twice a second whether the files of an open store are still the ones at their paths. A cleaner or a
// restore in place leaves the process with files that nobody can open any more: what is written into them is
// lost with it.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace tsg::store {

class PlaceWatch {
 public:
  // The files are there, and stay the same as long as all is well. So does `wal`, until the store opens its
  // database anew.
  PlaceWatch(std::vector<std::filesystem::path> files, std::filesystem::path wal);
  ~PlaceWatch();
  PlaceWatch(PlaceWatch const&) = delete;
  PlaceWatch& operator=(PlaceWatch const&) = delete;

  // Any thread. False while one of them is gone or another one: put back, it is the same again.
  bool in_place() const noexcept { return in_place_.load(std::memory_order_relaxed); }
  void reopened();  // any thread

 private:
  struct File {
    std::filesystem::path path;
    ::dev_t device = 0;
    ::ino_t inode = 0;
  };
  void loop();
  void note(std::filesystem::path file);
  std::string missing() const;  // "" = none

  std::vector<File> files_;  // the last one is `wal_`, if it was there
  std::filesystem::path wal_;
  std::atomic<bool> in_place_{true};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace tsg::store
