#include "tsg/json/document.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <thread>

namespace tsg::json {
namespace {

using namespace std::string_literals;

TEST(Document, HasTheDomAndTheSpansOfOneText) {
  auto const doc = Document::parse(R"({"model":"gpt-4o","stream":true,"n":2})").value();
  EXPECT_EQ(std::string_view{doc.root()["model"]}, "gpt-4o");
  ASSERT_NE(doc.find("stream"), nullptr);
  EXPECT_EQ(doc.raw(doc.find("stream")->value), "true");
  EXPECT_EQ(doc.find("absent"), nullptr);
  EXPECT_EQ(doc.members().size(), 3u);
}

TEST(Document, StaysValidAfterMoves) {
  auto first = Document::parse(R"({"mod\u0065l":"gpt-4o"})").value();
  auto const key = first.members()[0].key;
  auto const root = first.root();
  auto second = std::move(first);
  auto third = Document::parse(R"({"a":1})").value();
  third = std::move(second);
  EXPECT_EQ(key, "model");
  EXPECT_EQ(std::string_view{root["model"]}, "gpt-4o");
  EXPECT_EQ(third.find("model")->key, "model");
}

TEST(Document, OnlyObjectsAreBodies) {
  for (auto const* body : {"[]", "1", "\"a\"", "null", "", " "})
    EXPECT_EQ(Document::parse(body).error().code(), Errc::bad_request) << body;
  EXPECT_TRUE(Document::parse("{}"));
  EXPECT_TRUE(Document::parse(" {} \n"));
}

// JSON-4: where the scanner and the DOM disagree, the body is refused.
TEST(Document, NumbersThatNobodyCanHoldAreRefused) {
  for (auto const* number : {"1e400", "-1e400", "18446744073709551616", "-9223372036854775809"}) {
    auto const result = Document::parse("{\"n\":"s + number + "}");
    ASSERT_FALSE(result) << number;
    EXPECT_EQ(result.error().code(), Errc::bad_request);
    EXPECT_EQ(result.error().message().find(number), std::string_view::npos);
  }
  EXPECT_TRUE(Document::parse(R"({"n":[18446744073709551615,-9223372036854775808,1e308,1e-400,-0]})"));
}

TEST(Document, ANumberThatDoesNotFitIsFoundForWhoSentIt) {
  auto const error = [](std::string const& text) {
    auto const result = Document::parse(text);
    EXPECT_FALSE(result) << text;
    return result ? Error{} : result.error();
  };
  auto const huge = error(
      R"({"model":"99999999999999999999","tools":[{"a\"1e999":[1,2.5e-400,18446744073709551616]}],"n":1})");
  EXPECT_EQ(huge.peek()->param, "tools");
  EXPECT_EQ(huge.message(),
            "The number at byte 65 does not fit 64 bits: make it smaller, write it with a decimal point, or "
            "leave it "
            "out.");
  auto const infinite = error(R"({"n":1,"temperature":-1e400})");
  EXPECT_EQ(infinite.peek()->param, "temperature");
  EXPECT_EQ(infinite.message(),
            "The number at byte 21 is beyond what a double holds: make it smaller, or leave it out.");
  EXPECT_TRUE(Document::parse(R"({"maximum":18446744073709551616.0})")) << "the way out";
}

TEST(Document, DepthLimitsAboveAndBelowTheUsual) {
  auto const nested = [](std::size_t n) {
    return "{\"a\":" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  EXPECT_TRUE(Document::parse(nested(127)));
  EXPECT_FALSE(Document::parse(nested(128)));
  Limits deep;
  deep.depth_max = 3000;
  EXPECT_TRUE(Document::parse(nested(2999), deep));
  EXPECT_FALSE(Document::parse(nested(3000), deep));
  EXPECT_TRUE(Document::parse(nested(100)));
  EXPECT_FALSE(Document::parse(nested(100'000)));
}

TEST(Document, GivesItsBytesBack) {
  auto const body = R"({"a" : 1.50,"b":12345678901234567})"s;
  auto doc = Document::parse(body).value();
  EXPECT_EQ(std::move(doc).release(), body);
}

TEST(Document, ManyAtATimeAndOneAfterTheOther) {
  std::vector<Document> all;
  for (int i = 0; i < 20; ++i) all.push_back(Document::parse("{\"i\":" + std::to_string(i) + "}").value());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(std::int64_t{all[static_cast<std::size_t>(i)].root()["i"]}, i);
  all.clear();
  auto const large = "{\"a\":\"" + std::string(3 << 20, 'x') + "\"}";
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(Document::parse(large));
    EXPECT_FALSE(Document::parse(large + "x"));
    EXPECT_TRUE(Document::parse("{}"));
  }
}

TEST(Document, MayDieOnAnotherThreadThanItsOwn) {
  auto doc = Document::parse(R"({"a":1})").value();
  std::thread{[d = std::move(doc)]() mutable { EXPECT_EQ(std::int64_t{d.root()["a"]}, 1); }}.join();
  std::optional<Document> from_there;
  std::thread{[&] { from_there.emplace(Document::parse(R"({"b":2})").value()); }}.join();
  EXPECT_EQ(std::int64_t{from_there->root()["b"]}, 2);
}

// ---- edits: bytes outside the edited spans are untouched (JSON-5)

std::string erase(std::string const& text, std::vector<std::string> const& keys,
                  std::string const& append = "") {
  auto const doc = Document::parse(text).value();
  Edits edits;
  for (auto const& key : keys) edits.erase_member(doc.text(), *doc.find(key));
  auto const object = Span{text.find('{'), text.rfind('}') + 1};
  if (!append.empty()) edits.append_member(doc.text(), object, append, "0");
  auto const out = edits.apply(doc.text());
  EXPECT_TRUE(Document::parse(out)) << out;
  return out;
}

TEST(Edits, ReplaceAndInsertKeepEveryOtherByte) {
  auto const doc = Document::parse(R"({ "model":"a" ,"n": 1.0e2, "x":[1, 2]})").value();
  Edits edits;
  EXPECT_TRUE(edits.empty());
  edits.insert(doc.find("x")->value.begin + 1, "0,");
  edits.replace(doc.find("model")->value, "\"openai/gpt-4o\"");
  EXPECT_FALSE(edits.empty());
  EXPECT_EQ(edits.apply(doc.text()), R"({ "model":"openai/gpt-4o" ,"n": 1.0e2, "x":[0,1, 2]})");
}

TEST(Edits, EraseTakesTheRightComma) {
  EXPECT_EQ(erase(R"({"a":1,"b":2,"c":3})", {"a"}), R"({"b":2,"c":3})");
  EXPECT_EQ(erase(R"({"a":1,"b":2,"c":3})", {"b"}), R"({"a":1,"c":3})");
  EXPECT_EQ(erase(R"({"a":1,"b":2,"c":3})", {"c"}), R"({"a":1,"b":2})");
  EXPECT_EQ(erase(R"({"a":1})", {"a"}), "{}");
}

TEST(Edits, EverySubsetErasedAndAppendedLeavesValidJson) {
  std::string const keys = "abcd";
  for (auto const* text :
       {R"({"a":1,"b":2,"c":[3],"d":{"x":4}})", "{ \"a\" : 1 ,\n \"b\":\"}\" , \"c\":2 ,\t\"d\":[] }"}) {
    for (unsigned mask = 0; mask < 16; ++mask) {
      for (std::string const append : {"", "z"}) {
        std::vector<std::string> erased;
        for (unsigned i = 0; i < 4; ++i)
          if (mask & 1u << i) erased.push_back(std::string(1, keys[3 - i]));  // in backward order
        auto const out = Document::parse(erase(text, erased, append)).value();
        EXPECT_EQ(out.members().size(), 4 - erased.size() + append.size()) << mask;
        for (auto const& key : erased) EXPECT_EQ(out.find(key), nullptr);
      }
    }
  }
}

TEST(Edits, SeveralAppendedMembers) {
  for (auto const* text : {"{}", "{ }", R"({"x":"{"})"}) {
    Edits edits;
    Span const object{0, std::string_view{text}.size()};
    edits.append_member(text, object, "a", "1");
    edits.append_member(text, object, "b\"", "{\"c\":2}");
    auto const doc = Document::parse(edits.apply(text)).value();
    EXPECT_EQ(doc.raw(doc.find("a")->value), "1");
    EXPECT_EQ(doc.raw(doc.find("b\"")->value), "{\"c\":2}");
  }
}

TEST(Edits, NestedAppendAndEraseOfTheOnlyMember) {
  auto const text = R"({"stream_options":{"include_usage":false},"n":1})"s;
  auto const doc = Document::parse(text).value();
  auto const options = doc.find("stream_options")->value;
  auto const children = scan_children(doc.text(), options).value();
  Edits edits;
  edits.append_member(doc.text(), options, "include_usage", "true");
  edits.erase_member(doc.text(), children.members[0]);
  EXPECT_EQ(edits.apply(doc.text()), R"({"stream_options":{"include_usage":true},"n":1})");
}

}  // namespace
}  // namespace tsg::json
