#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "tsg/json/document.hpp"

namespace tsg::json {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string refusal(std::string_view text, Limits const& limits = {}) {
  auto const result = scan(text, limits);
  return result ? "" : std::string{result.error().message()};
}

TEST(Scan, GivesTheSpansOfTopLevelMembers) {
  std::string const text = R"( {"model" : "gpt-4o", "n":1,"messages":[ {"role":"user"} ] , "x":null } )";
  auto const result = scan(text, {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->root_is_object);
  ASSERT_EQ(result->members.size(), 4u);
  auto const raw = [&](Span s) { return text.substr(s.begin, s.size()); };
  EXPECT_EQ(result->members[0].key, "model");
  EXPECT_EQ(raw(result->members[0].key_span), "\"model\"");
  EXPECT_EQ(raw(result->members[0].value), "\"gpt-4o\"");
  EXPECT_EQ(raw(result->members[1].value), "1");
  EXPECT_EQ(raw(result->members[2].value), "[ {\"role\":\"user\"} ]");
  EXPECT_EQ(raw(result->members[3].value), "null");
}

TEST(Scan, KeysAreDecodedAndSurviveAMove) {
  std::string const text = R"({"mod\u0065l":1,"a\n\"\\\/\t":2,"\ud83d\ude00":3,"\u00e9\u20ac":4})";
  auto first = scan(text, {}).value();
  auto const result = std::move(first);
  ASSERT_EQ(result.members.size(), 4u);
  EXPECT_EQ(result.members[0].key, "model");
  EXPECT_EQ(result.members[1].key, "a\n\"\\/\t");
  EXPECT_EQ(result.members[2].key, "\xf0\x9f\x98\x80");
  EXPECT_EQ(result.members[3].key, "\xc3\xa9\xe2\x82\xac");
}

TEST(Scan, ChildrenOfANestedContainer) {
  std::string const text = R"({"o":{"a":1,"\u0062":[2]},"l":[1, "two",{"x":3}]})";
  auto const root = scan(text, {}).value();
  auto const object = scan_children(text, root.members[0].value).value();
  EXPECT_TRUE(object.root_is_object);
  ASSERT_EQ(object.members.size(), 2u);
  EXPECT_EQ(object.members[1].key, "b");
  EXPECT_EQ(text.substr(object.members[1].value.begin, object.members[1].value.size()), "[2]");
  auto const list = scan_children(text, root.members[1].value).value();
  ASSERT_EQ(list.members.size(), 3u);
  EXPECT_EQ(text.substr(list.members[1].value.begin, list.members[1].value.size()), "\"two\"");
  EXPECT_EQ(list.members[1].key, "");
}

// Skipping must see what reading sees: brackets and quotes in strings, backslashes before quotes, blanks
// anywhere.
void expect_children(std::string const& text, Span span, nlohmann::ordered_json const& expected) {
  auto const found = scan_children(text, span).value();
  EXPECT_EQ(found.root_is_object, expected.is_object());
  ASSERT_EQ(found.members.size(), expected.size()) << text;
  std::size_t i = 0;
  for (auto const& [key, value] : expected.items()) {
    auto const& m = found.members[i++];
    EXPECT_EQ(m.key, expected.is_object() ? key : "");
    auto const raw = text.substr(m.value.begin, m.value.size());
    EXPECT_EQ(nlohmann::ordered_json::parse(raw), value) << raw;
    if (value.is_structured()) expect_children(text, m.value, value);
  }
}

TEST(Scan, ChildrenAreFoundWhateverTheirStringsHold) {
  for (std::string const& text :
       {R"({"a":"}","b":"]\\","c":"\\\"{","d":{"\\":"\\\\","\"":["[","]\"]"]},"e":[],"f":{}})"s,
        "[ 1 , -2.5e+3 ,\t\"x\" , [ ] , { } , [ [ \"\\\"\" ] ] , null\n, true ]"s,
        "{ \"a\" :\r\n[ {\"b\" : 1 } , {\"b\":\"\\u005d\"} ] , \"\\u0063\\\\\":false }"s,
        R"(["","\\","\\\\\\\"","{[,:]}"])"s, "[]"s, "{}"s, R"([[[[[["deep"]]]]]])"s}) {
    ASSERT_TRUE(scan(text, {})) << text;
    expect_children(text, {0, text.size()}, nlohmann::ordered_json::parse(text));
  }
}

TEST(Scan, ChildrenOfATextThatWasNeverScannedEndWithIt) {
  for (std::string_view const text :
       {"{\"a\":\"x", "[[[", "{\"a\"", "[1", "{\"a\":", "[\"\\\"", "[1 2]", "7", "", "[,]"})
    EXPECT_FALSE(scan_children(text, {0, text.size()})) << text;
}

// JSON-3: policy may not see one model and the provider another.
TEST(Scan, DuplicateKeysAreRefusedAtAnyDepthHoweverTheyAreSpelt) {
  EXPECT_NE(refusal(R"({"model":"cheap","model":"expensive"})"), "");
  EXPECT_NE(refusal(R"({"model":1,"mod\u0065l":2})"), "");
  EXPECT_NE(refusal(R"({"\u006d":1,"\u006D":2})"), "");
  EXPECT_NE(refusal(R"({"a":[{"b":{"c":1,"d":2,"c":3}}]})"), "");
  EXPECT_NE(refusal(R"({"":1,"":2})"), "");
  EXPECT_EQ(refusal(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), "") << "the same key in different objects is fine";
  EXPECT_EQ(refusal(R"({"a":1,"A":2})"), "");
}

std::string object_of(std::size_t n, std::string const& last = "") {
  std::string text = "{";
  for (std::size_t i = 0; i < n; ++i) text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  return text + last + "}";
}

TEST(Scan, MembersHaveALimitAndTheLastDuplicateOfManyIsFound) {
  EXPECT_EQ(refusal(object_of(10'000)), "");
  EXPECT_NE(refusal(object_of(10'001)), "");
  EXPECT_NE(refusal(object_of(9'999, R"(,"k0":1)")), "");
  EXPECT_NE(refusal(object_of(9'999, R"(,"\u006b5000":1)")), "");
  EXPECT_NE(refusal(object_of(17, R"(,"k16":1)")), "");
  EXPECT_NE(refusal(object_of(15, R"(,"k14":1)")), "");
}

TEST(Scan, DepthIsBoundedWithoutRecursion) {
  std::string const deep(100'000, '[');
  EXPECT_NE(refusal(deep), "");
  EXPECT_NE(refusal(deep + std::string(100'000, ']')), "");
  Limits any;
  any.depth_max = 200'000;
  EXPECT_EQ(refusal(deep + std::string(100'000, ']'), any), "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects, any), "") << "unfinished";
  Limits two;
  two.depth_max = 2;
  EXPECT_EQ(refusal(R"({"a":[]})", two), "");
  EXPECT_NE(refusal(R"({"a":[[]]})", two), "");
}

TEST(Scan, NumbersFollowTheGrammar) {
  for (auto good : {"0", "-0", "1", "-1.5", "1e5", "1E+5", "0.1e-9", "123456789012345678901234567890"})
    EXPECT_EQ(refusal("[" + std::string{good} + "]"), "") << good;
  for (auto bad :
       {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "-Infinity", "1_0", "--1", "1-"})
    EXPECT_NE(refusal("[" + std::string{bad} + "]"), "") << bad;
  EXPECT_EQ(refusal("[" + std::string(128, '1') + "]"), "");
  EXPECT_NE(refusal("[" + std::string(129, '1') + "]"), "");
}

TEST(Scan, StringsAreWellFormedUnicode) {
  for (auto good :
       {R"("\u0000")"sv, R"("\ud834\udd1e")"sv, "\"\xf4\x8f\xbf\xbf\""sv, "\"\x7f\""sv, R"("\uFFFF")"sv})
    EXPECT_EQ(refusal(good), "") << good;
  for (auto bad : {"\"\xff\""sv, "\"\xc0\xaf\""sv, "\"\xe0\x80\xaf\""sv, "\"\xed\xa0\x80\""sv,
                   "\"\xf4\x90\x80\x80\""sv, "\"\xe2\x82\""sv, "\"\x80\""sv, "\"a\nb\""sv, "\"a\0b\""sv,
                   "\"abc"sv, "\"\\"sv, R"("\x41")"sv, R"("\u12")"sv, R"("\u12G4")"sv, R"("\ud800")"sv,
                   R"("\udc00")"sv, R"("\ud800\u0041")"sv, R"("\ud800\ud800")"sv, R"("\ud800x")"sv})
    EXPECT_NE(refusal(bad), "") << bad;
  // Whatever the distance to the end of an eight byte step.
  for (std::size_t n = 0; n < 40; ++n) {
    auto const run = std::string(n, 'a');
    EXPECT_EQ(refusal("\"" + run + "\""), "");
    EXPECT_EQ(refusal("\"" + run + "\xc3\xa9" + run + "\""), "");
    EXPECT_NE(refusal("\"" + run + "\x1f" + run + "\""), "");
    EXPECT_NE(refusal("\"" + run + "\xc3" + run + "\""), "");
    EXPECT_NE(refusal("\"" + run), "");
  }
}

TEST(Scan, NothingMayStandAroundTheValue) {
  for (auto bad :
       {""sv,     " "sv,    "{}{}"sv,    "{} x"sv,     "\xef\xbb\xbf{}"sv, "{}\0"sv,  "{,}"sv, "{\"a\":1,}"sv,
        "[1,]"sv, "[,1]"sv, "{\"a\"}"sv, "{\"a\":}"sv, "{1:2}"sv,          "[1 2]"sv, "[1}"sv, "{\"a\":1]"sv,
        "]"sv,    "tru"sv,  "nulll"sv,   "'a'"sv,      "// c\n{}"sv,       "\f{}"sv})
    EXPECT_NE(refusal(bad), "") << bad;
}

// Windows PowerShell and some of Java's writers put it there, and no editor shows it.
TEST(Scan, AByteOrderMarkIsNamed) {
  EXPECT_EQ(refusal("\xef\xbb\xbf{}"),
            "Invalid JSON at byte 0: a byte order mark (EF BB BF) stands before the value: send UTF-8 "
            "without one.");
  EXPECT_NE(refusal("\xff\xfe{\0}\0"sv).find("UTF-16"), std::string::npos);
}

TEST(Scan, ErrorsNameTheByteAndTheRuleNeverTheContent) {
  EXPECT_EQ(refusal(R"({"secret":tru})"), "Invalid JSON at byte 10: expected a value.");
  EXPECT_EQ(refusal("{\"secret\":\"a\nb\"}"), "Invalid JSON at byte 12: control character in a string.");
  EXPECT_EQ(refusal(R"({"secret":1,"secret":2})").find("secret"), std::string::npos);
}

// A text of a megabyte of objects with colliding shapes must not be quadratic. Counted in work, not in time:
// the test ends at once or not at all.
TEST(Scan, ManyLargeObjectsAreNotQuadratic) {
  std::string text = "[";
  for (int i = 0; i < 20; ++i) text += (i ? "," : "") + object_of(10'000);
  EXPECT_EQ(refusal(text + "]"), "");
}

}  // namespace
}  // namespace tsg::json
