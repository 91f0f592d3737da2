// Opening the embedded store: migrations, crash recovery, epoch, writer thread.
#pragma once
#include <filesystem>
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
  std::filesystem::path data_dir;  // created with mode 0700
  bool durable = true;             // full: fsync per group commit; false: process
  std::string node = "n1";
  std::size_t audit_slots = 65'536;
  int checkpoint_pages = 1000;  // of 4 KiB in the write-ahead log, until it is copied into the database
  std::string software;         // version string for the genesis record
  // A one-way image of secrets.key_pepper, kept at the first start and compared at every later one: under
  // another pepper no key that was ever given out would be known. Absent: not compared.
  std::optional<Digest> pepper_check;
  std::string vfs;  // a registered SQLite VFS, for fault injection; "" = SQLite's own
};

// Fails with a message for the operator: directory not writable, another process holds it, newer schema,
// damaged log. A log behind DIR/audit.head (restored backup) opens a new epoch, and says so in a record.
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions const& options, crypto::SecretKey const& master_key,
                                           Clock const& clock);

// In memory, for tests: the same contract, no durability.
std::unique_ptr<Store> open_fake(Clock const& clock);

}  // namespace tsg::store
