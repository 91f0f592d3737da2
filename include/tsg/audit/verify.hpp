// `tsg audit verify`: opens the database read-only and recomputes everything (contract §1).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tsg::audit {

struct VerifyReport {
  int exit_code = 0;    // 0 consistent, 1 tampered, 2 checkpoint cannot be checked, 3 usage (no such folder)
  std::string message;  // one line; names the first bad record
  std::int64_t records = 0;
};
VerifyReport verify(std::filesystem::path const& data_dir,
                    std::optional<std::filesystem::path> const& checkpoint);

}  // namespace tsg::audit
