// Bytes to clients and providers are those of the pinned commit (tests/golden/README.md). Hashes only:
// recordings are not part of the project. TSG_GOLDEN_WRITE=FILE writes the table instead,
// TSG_GOLDEN_PRINT=CASE prints one case.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "golden/cases.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::golden {
namespace {

std::map<std::string, std::string> pinned() {
  std::map<std::string, std::string> out;
  std::ifstream in{std::filesystem::path{__FILE__}.parent_path() / "goldens.txt"};
  for (std::string hash, name; in >> hash && std::getline(in >> std::ws, name);)
    if (hash != "#") out[name] = hash;
  return out;
}

std::string hash_of(Case const& one) {
  return to_hex(crypto::sha256(as_bytes(one.bytes()))).substr(0, 32);
}

TEST(Golden, BytesAreThoseOfThePinnedCommit) {
  auto const all = cases();
  if (auto const* wanted = std::getenv("TSG_GOLDEN_PRINT")) {
    for (auto const& one : all)
      if (one.name == wanted) std::printf("%s", one.bytes().c_str());
    return;
  }
  if (auto const* path = std::getenv("TSG_GOLDEN_WRITE")) {
    std::ofstream out{path};
    for (auto const& one : all) out << hash_of(one) << " " << one.name << "\n";
    return;
  }
  auto const want = pinned();
  ASSERT_FALSE(want.empty());
  bool const recordings = std::getenv("TSG_FIXTURES") != nullptr;
  std::size_t seen = 0;
  for (auto const& one : all) {
    auto const at = want.find(one.name);
    if (at == want.end()) {
      ADD_FAILURE() << one.name << " is not pinned: scripts/golden pin";
      continue;
    }
    ++seen;
    EXPECT_EQ(hash_of(one), at->second) << "scripts/golden diff " << one.name;
  }
  if (recordings) {
    EXPECT_EQ(seen, want.size()) << "a pinned case is gone";
  }
}

}  // namespace
}  // namespace tsg::golden
