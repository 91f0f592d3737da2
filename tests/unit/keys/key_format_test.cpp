#include "tsg/keys/key_format.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tsg::keys {
namespace {

constexpr char kKey[] = "tsg-0123456789ABCDEFGHIJabcdefghijKL3i3PNM";

void system_random(std::span<std::uint8_t> out) {
  crypto::random_bytes(out);
}

TEST(KeyFormat, ChecksumCoversThePrefix) {
  EXPECT_TRUE(well_formed(kKey));
  EXPECT_FALSE(well_formed("tsg-0123456789ABCDEFGHIJabcdefghijKL18ptLK"));  // CRC of the random part alone
}

TEST(KeyFormat, DigestIsTheKeyedOne) {
  std::array<std::uint8_t, 32> pepper;
  for (std::size_t i = 0; i < pepper.size(); ++i) pepper[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(to_hex(digest(crypto::SecretKey{pepper}, kKey)),
            "e1f6f540c3dad815db0b02a778681611208f3f23332ed878f58c328399fa6c06");
}

TEST(KeyFormat, EveryChangedCharacterIsSeen) {
  for (std::size_t i = 0; i < kKeyChars; ++i) {
    std::string bad = kKey;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(well_formed(bad)) << bad;
  }
}

TEST(KeyFormat, NothingAroundItAndNothingMissing) {
  std::string const key = kKey;
  for (auto const& bad :
       {std::string{}, key.substr(1), key.substr(0, key.size() - 1), key + "0", " " + key, key + "\n",
        "TSG-" + key.substr(4), "tsg_" + key.substr(4), std::string(kKeyChars, '\0')}) {
    EXPECT_FALSE(well_formed(bad)) << bad;
  }
}

TEST(KeyFormat, MadeKeysAreWellFormedAndDiffer) {
  std::string const a = make_key(system_random), b = make_key(system_random);
  EXPECT_EQ(a.size(), kKeyChars);
  EXPECT_TRUE(well_formed(a));
  EXPECT_TRUE(well_formed(b));
  EXPECT_NE(a, b);
}

// `byte % 62` would make "0".."7" come 25 % more often than the rest (KEY-4).
TEST(KeyFormat, BytesThatWouldBiasAreDropped) {
  int calls = 0;
  auto const random = [&calls](std::span<std::uint8_t> out) {
    std::fill(out.begin(), out.end(), ++calls == 1 ? std::uint8_t{248} : std::uint8_t{247});
  };
  std::string const key = make_key(random);
  EXPECT_EQ(key.substr(0, 36), "tsg-" + std::string(32, 'z'));
  EXPECT_EQ(calls, 2);
}

TEST(KeyFormat, LettersComeEquallyOften) {
  std::mt19937 engine{20261124};
  auto const random = [&engine](std::span<std::uint8_t> out) {
    for (auto& b : out) b = static_cast<std::uint8_t>(engine());
  };
  std::map<char, int> seen;
  for (int i = 0; i < 5000; ++i) {
    std::string const key = make_key(random);
    for (char const c : key.substr(4, 32)) ++seen[c];
  }
  EXPECT_EQ(seen.size(), 62u);
  for (auto const& [c, n] : seen) EXPECT_NEAR(n, 5000 * 32 / 62, 300) << c;  // 6 standard deviations
}

TEST(KeyFormat, DisplayShowsEightAndFour) {
  EXPECT_EQ(display(kKey), "tsg-0123…3PNM");
  EXPECT_EQ(display("hunter2"), "…");
}

}  // namespace
}  // namespace tsg::keys
