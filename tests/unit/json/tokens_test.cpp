#include "tsg/json/tokens.hpp"

#include <gtest/gtest.h>

namespace tsg::json {
namespace {

std::string kinds(std::string_view text) {
  std::string out;
  Tokens tokens{text, {0, text.size()}};
  for (auto t = tokens.next(); t.kind != Tokens::Kind::end; t = tokens.next()) {
    constexpr std::string_view letters = "{}[]ksnw";
    out += letters[static_cast<std::size_t>(t.kind)];
    out += text.substr(t.span.begin, t.span.size());
    out += ' ';
  }
  return out;
}

TEST(Tokens, AreWhatStandsThereInOrder) {
  EXPECT_EQ(kinds(R"( {"a" : [1 , -2.5e3,true,null], "b":{"c\"}":"]"}} )"),
            R"({{ k"a" [[ n1 n-2.5e3 wtrue wnull ]] k"b" {{ k"c\"}" s"]" }} }} )");
  EXPECT_EQ(kinds(R"("\\")"), R"(s"\\" )");
  EXPECT_EQ(kinds("12"), "n12 ");
  EXPECT_EQ(kinds(""), "");
}

// Nothing is judged again, but nothing is read beyond the end either.
TEST(Tokens, EndWhereABrokenTextEnds) {
  for (auto const* text : {"{\"a", "[1,", "\"\\", "{\"a\":", "]]", ":,"})
    EXPECT_LE(kinds(text).size(), 20u) << text;
}

TEST(Tokens, AStringSaysWhatItsEscapesMean) {
  EXPECT_EQ(unquoted(R"("a\u0034\n\"\ud83d\ude00")"), "a4\n\"\xf0\x9f\x98\x80");
}

TEST(Outline, KnowsWhereEachContainerEnds) {
  std::string_view const text = R"({"a":[1,[2,"]"]],"b":{}})";
  Outline const outline{text};
  EXPECT_EQ(outline.end_of(0), text.size());
  EXPECT_EQ(outline.end_of(5), 16u);
  EXPECT_EQ(outline.end_of(8), 15u);
  EXPECT_EQ(outline.end_of(21), 23u);
  auto const with = scan_children(text, {0, text.size()}, outline),
             without = scan_children(text, {0, text.size()});
  ASSERT_EQ(with->members.size(), without->members.size());
  for (std::size_t i = 0; i < with->members.size(); ++i) {
    EXPECT_EQ(with->members[i].key, without->members[i].key);
    EXPECT_EQ(with->members[i].value.end, without->members[i].value.end);
  }
}

TEST(Scan, RefusesMoreValuesThanAllowed) {
  Limits limits;
  limits.values_max = 4;
  EXPECT_TRUE(scan(R"({"a":[{},1]})", limits));
  auto const refused = scan(R"({"a":[{},1,""]})", limits);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("limits.json_values_max"), std::string::npos)
      << refused.error().message();
}

TEST(Scan, MayBeToldThatNamesComeTwice) {
  Limits limits;
  limits.unique_names = false;
  EXPECT_TRUE(scan(R"({"a":1,"a":{"b":2,"b":3}})", limits));
  EXPECT_FALSE(scan(R"({"a":1,"a":2})", {}));
}

}  // namespace
}  // namespace tsg::json
