#include "store/sqlite/place_watch.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

constexpr std::chrono::milliseconds kPlaceLook{400};  // within a second at the latest

}  // namespace

PlaceWatch::PlaceWatch(std::vector<std::filesystem::path> files, std::filesystem::path wal)
    : wal_{std::move(wal)} {
  for (auto& file : files) note(std::move(file));
  note(wal_);
  thread_ = std::thread{[this] {
    name_this_thread("tsg-place");
    loop();
  }};
}

PlaceWatch::~PlaceWatch() {
  {
    std::lock_guard const lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void PlaceWatch::note(std::filesystem::path file) {
  struct ::stat facts {};
  if (::stat(file.c_str(), &facts) == 0) files_.push_back({std::move(file), facts.st_dev, facts.st_ino});
}

void PlaceWatch::reopened() {
  std::lock_guard const lock{mutex_};
  if (!files_.empty() && files_.back().path == wal_) files_.pop_back();
  note(wal_);
}

std::string PlaceWatch::missing() const {
  for (auto const& file : files_) {
    struct ::stat facts {};
    if (::stat(file.path.c_str(), &facts) != 0) return file.path.string() + ": " + std::strerror(errno);
    if (facts.st_dev != file.device || facts.st_ino != file.inode)
      return file.path.string() + " is another file than the one that is open";
  }
  return {};
}

void PlaceWatch::loop() {
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, kPlaceLook, [this] { return stopping_; })) {
    auto const problem = missing();
    bool const was = in_place_.exchange(problem.empty());
    if (was && !problem.empty())
      log::critical(
          "the store's files were deleted or replaced under the running gateway: {}. Nothing is admitted any "
          "more: what would be recorded would be lost. Put the file back, or restart on what is there now",
          {problem});
    if (!was && problem.empty()) log::warn("the store's files are in their place again");
  }
}

}  // namespace tsg::store
