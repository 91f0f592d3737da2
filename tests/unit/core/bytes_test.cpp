#include "tsg/core/bytes.hpp"

#include <gtest/gtest.h>

namespace tsg {
namespace {

std::string text_of(std::optional<Bytes> const& bytes) {
  return bytes ? std::string(bytes->begin(), bytes->end()) : "(refused)";
}

TEST(Hex, GoesThereAndBack) {
  Bytes const bytes{0x00, 0x0f, 0xf0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000ff0ff");
  EXPECT_EQ(from_hex("000ff0FF"), bytes);
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, RefusesHalfBytesAndStrangers) {
  for (auto const* text : {"0", "0g", "g0", " 00", "0x00", "00 ", "-1"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Base64, Rfc4648Vectors) {
  std::pair<char const*, char const*> const vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (auto const& [plain, coded] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), coded);
    EXPECT_EQ(text_of(from_base64(coded)), plain);
  }
}

TEST(Base64, UsesTheWholeAlphabet) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(255 - i);
  EXPECT_EQ(to_base64(std::span{all}.first(3)), "//79");
  EXPECT_EQ(from_base64(to_base64(all)), all);
}

TEST(Base64, HasOneSpellingForEverySecret) {
  for (auto const* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm9v\n",
                           "Zm 9", "Zm-_", "=Zm9", "Zm=v", "Z=g="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

TEST(Numbers, Extremes) {
  std::string out = "x";
  append_uint(out, UINT64_MAX);
  out += ' ';
  append_int(out, INT64_MIN);
  out += ' ';
  append_int(out, 0);
  EXPECT_EQ(out, "x18446744073709551615 -9223372036854775808 0");
}

TEST(IEquals, FoldsAsciiOnly) {
  EXPECT_TRUE(iequals("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("@", "`"));        // 0x40 and 0x60: one bit apart, not letters
  EXPECT_FALSE(iequals("\xc4", "\xe4"));  // Latin-1 Ä and ä
}

TEST(Glob, StarCrossesSlashes) {
  EXPECT_TRUE(glob_match("anthropic/*", "anthropic/claude-opus-5-5"));
  EXPECT_TRUE(glob_match("*", "perplexity/openai/gpt-5"));
  EXPECT_TRUE(glob_match("gpt-4o*", "gpt-4o"));
  EXPECT_TRUE(glob_match("*mini*2024*", "gpt-4o-mini-2024-07-18"));
  EXPECT_TRUE(glob_match("**a**", "a"));
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_TRUE(glob_match("*", ""));
}

TEST(Glob, IsAnchoredAtBothEnds) {
  EXPECT_FALSE(glob_match("gpt-4o", "gpt-4o-mini"));
  EXPECT_FALSE(glob_match("4o*", "gpt-4o"));
  EXPECT_FALSE(glob_match("*mini", "gpt-4o-mini-2024"));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("a*b*c", "acb"));
}

TEST(Glob, OnlyTheStarIsSpecial) {
  EXPECT_FALSE(glob_match("gpt?4", "gpt-4"));
  EXPECT_FALSE(glob_match("[a-z]", "a"));
  EXPECT_FALSE(glob_match("\\*", "*"));
  EXPECT_FALSE(glob_match("GPT-4", "gpt-4"));
}

// Exponential matchers never come back from this one.
TEST(Glob, HostilePatternEnds) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "*b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace tsg
