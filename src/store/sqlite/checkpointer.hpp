// Copies the write-ahead log into the database beside the writer, on a connection of its own, so that no
// commit waits for megabytes to reach the disk. SQLite begins the log anew only when all of it has been
// copied, which under load is never so while others write: it copies again what came meanwhile, until that is
// little, and the writer does the rest itself between two commits. Where commits outrun the disk, the rest is
// much, and everybody waits for the disk.
#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/db.hpp"

namespace tsg::store {

class Checkpointer {
 public:
  // `begin`: pages in the log that are worth a copy.
  Checkpointer(std::filesystem::path file, std::string vfs, int begin);
  ~Checkpointer() { stop(); }
  void stop();  // ends after the copy under way

  // The writer's thread only; `pages` are in the log after its commit. Does not wait for the copy under way.
  void committed(Db& db, int pages);

 private:
  enum class State { idle, copying, copied };
  void loop();
  void finish(Db& db, int pages);

  std::filesystem::path file_;
  std::string vfs_;
  int begin_, next_;
  std::atomic<int> pages_{0};  // in the log, after the last commit
  std::mutex mutex_;
  std::condition_variable wake_;
  State state_ = State::idle;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace tsg::store
