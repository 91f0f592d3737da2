// Opening the embedded store: migrations, crash recovery, epoch, writer thread.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/error.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

struct SqliteOptions {
  SqliteOptions() = default;
  std::filesystem::path data_dir;  // made with mode 0700; see take_data_dir() for one that exists
  bool durable = true;             // full: fsync per group commit; false: process
  std::string node = "n1";
  std::size_t audit_slots = 65'536;
  std::int64_t answer_bytes = std::int64_t{1} << 30;  // of all stored answers; each organisation has a share
  int checkpoint_pages = 1000;  // of 4 KiB in the write-ahead log, until it is copied into the database
  std::string software;         // version string for the genesis record
  // A one-way image of secrets.key_pepper, kept at the first start and compared at every later one: under
  // another pepper no key that was ever given out would be known. Absent: not compared.
  std::optional<Digest> pepper_check;
  // So long a transaction waits for the lock of another program; then it fails, and is tried again.
  std::chrono::milliseconds busy{5'000};
  // Called once, on the store's own thread, where the log is not as the store left it: nothing will be
  // written any more, and the process has to end, with an error, and start again. Must not call the store.
  std::function<void()> lost;
  // So long audit.head may be overdue; then nothing is admitted until it can be written again.
  std::chrono::milliseconds head_overdue_most{30'000};
  std::string vfs;  // a registered SQLite VFS, for fault injection; "" = SQLite's own
};

// Fails with a message for the operator: directory not writable or open to others, another process holds it,
// newer schema, damaged log. A log behind DIR/audit.head (restored backup) opens a new epoch, and says so in
// a record.
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions const& options, crypto::SecretKey const& master_key,
                                           Clock const& clock);

}  // namespace tsg::store
