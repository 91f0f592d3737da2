// Copies the write-ahead log into the database beside the writer, on a connection and thread of its own, and
// does all the waiting for the disk that this takes: whoever copies has to sync the log before and the
// database after.
//
// SQLite begins the log anew only when all of it has been copied, which under load is never so. Where nothing
// came while it was copied the log is emptied at once. Else it may grow to eight times what is worth a copy.
// Then what came meanwhile is copied again, until that is little, and the writer waits for the few
// milliseconds and three syncs that the rest takes: once in some two thousand requests of a lone client.
//
// Emptied is: SQLite's TRUNCATE, in which the log's VFS (wal_vfs.hpp) overwrites and syncs the header, so
// that the writer can begin the new log without a sync of its own.
#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
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

  // Held by the writer for each of its transactions; waits while the log is being emptied.
  class Turn {
   public:
    explicit Turn(Checkpointer* of);  // null: there is none yet
    ~Turn();
    Turn(Turn const&) = delete;
    Turn& operator=(Turn const&) = delete;

   private:
    Checkpointer* of_;
  };
  // The writer's thread only; `pages` are in the log after its commit. Waits for nothing.
  void committed(int pages);

 private:
  void loop();
  bool copy(int passes);
  void sync_database();
  bool empty_log();
  int checkpoint(int mode);
  Db& db();

  std::filesystem::path file_;
  std::string vfs_;
  int const begin_;
  std::optional<Db> db_;
  int copied_ = 0;             // pages, by the last checkpoint
  bool failing_ = false;       // said once per episode
  bool unsynced_ = false;      // what was copied may not be on the disk
  std::atomic<int> pages_{0};  // in the log, after the last commit
  std::atomic<int> next_;      // so many wake the thread
  std::mutex mutex_;
  std::condition_variable wake_, turn_;
  bool writing_ = false, emptying_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace tsg::store
