// `tsg audit verify`: opens the database read-only and recomputes everything (contract §1): the chain, what
// the signed head covers, the schema, and documents, ledger and sums from what the records say of them.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tsg/audit/walk.hpp"

namespace tsg::store {

struct VerifyReport {
  // 0 consistent; 1 tampered; 2 the checkpoint cannot be checked; 3 something cannot be read; 4 consistent,
  // with breaks that nobody has acknowledged. Where several hold: 3, 1, 2, 4.
  int exit_code = 0;
  std::string message;  // the first line says what decides; the others, indented, what else was found
  std::int64_t records = 0;
  std::vector<audit::Break> breaks;  // acknowledged ones too
};

// `lock_wait`: how long another program may keep the database locked. Any thread; also beside a running
// gateway. Takes time in proportion to the log and the ledger.
VerifyReport verify(std::filesystem::path const& data_dir,
                    std::optional<std::filesystem::path> const& checkpoint,
                    std::chrono::milliseconds lock_wait = std::chrono::seconds{10});

}  // namespace tsg::store
