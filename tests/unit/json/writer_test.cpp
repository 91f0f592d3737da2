#include "tsg/json/writer.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>

namespace tsg::json {
namespace {

TEST(Writer, PutsCommasWhereTheyBelong) {
  std::string out;
  Writer w{out};
  w.begin_object()
      .key("a")
      .integer(-1)
      .key("b")
      .begin_array()
      .string("x")
      .null()
      .boolean(true)
      .begin_object()
      .end_object();
  w.end_array().key("c").raw("1.50").key("d").begin_array().end_array().end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":["x",null,true,{}],"c":1.50,"d":[]})");
}

TEST(Writer, IntegersAtTheirEnds) {
  std::string out;
  Writer w{out};
  w.begin_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .integer(std::numeric_limits<std::int64_t>::max());
  w.end_array();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807]");
}

TEST(Quoted, EscapesWhatMustBeEscapedAndNothingElse) {
  EXPECT_EQ(quoted("a/b \xc3\xa9 \xf0\x9f\x98\x80 \x7f"), "\"a/b \xc3\xa9 \xf0\x9f\x98\x80 \x7f\"");
  EXPECT_EQ(quoted("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(quoted(std::string_view{"\0\x1f", 2}), R"("\u0000\u001f")");
  EXPECT_EQ(quoted(""), "\"\"");
}

// Unicode's recommended practice: one U+FFFD for each maximal part of a sequence.
TEST(Quoted, InvalidUtf8BecomesReplacementCharacters) {
  std::string const r = "\xef\xbf\xbd";
  EXPECT_EQ(quoted("a\xff"
                   "b"),
            "\"a" + r + "b\"");
  EXPECT_EQ(quoted("\xe2\x82"), "\"" + r + "\"");
  EXPECT_EQ(quoted("\xe2\x82"
                   "a"),
            "\"" + r + "a\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"" + r + r + r + "\"") << "a surrogate";
  EXPECT_EQ(quoted("\xc0\xaf"), "\"" + r + r + "\"") << "overlong";
  EXPECT_EQ(quoted("\xf4\x90\x80\x80"), "\"" + r + r + r + r + "\"");
}

TEST(Quoted, AnyBytesReadBackAsValidJson) {
  simdjson::dom::parser parser;
  std::uint32_t state = 1;
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::uint32_t n = state % 40; n > 0; --n) {
      state = state * 1664525 + 1013904223;
      text += static_cast<char>(state >> 24);
    }
    state = state * 1664525 + 1013904223;
    auto const written = json::quoted(text);
    std::string_view back;
    ASSERT_EQ(parser.parse(written).get(back), simdjson::SUCCESS) << round;
    auto const ascii = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
    if (ascii) {
      ASSERT_EQ(back, text);
    }
  }
}

}  // namespace
}  // namespace tsg::json
