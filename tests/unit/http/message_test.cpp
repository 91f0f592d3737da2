#include "tsg/http/message.hpp"

#include <gtest/gtest.h>

namespace tsg::http {
namespace {

using namespace std::string_view_literals;

std::string wire(Headers const& headers) {
  std::string text;
  headers.append_to(text);
  return text;
}

TEST(Headers, AreWireTextInTheOrderTheyWereSet) {
  Headers h;
  EXPECT_TRUE(h.empty());
  h.set("content-type", "application/json");
  h.set("x-tsg-provider", "openai");
  EXPECT_EQ(wire(h), "content-type: application/json\r\nx-tsg-provider: openai\r\n");
  EXPECT_EQ(h.get("Content-Type"), "application/json");
  EXPECT_EQ(h.get("content"), "");
  EXPECT_EQ(h.get("x"), "");
}

TEST(Headers, SettingANameAgainReplacesItsValueWhateverItsCase) {
  Headers h;
  h.set("a", "1");
  h.set("ab", "2");
  h.set("A", "longer");
  h.set("ab", "");
  EXPECT_EQ(wire(h), "a: longer\r\nab: \r\n");
  EXPECT_EQ(h.get("a"), "longer");
  EXPECT_EQ(h.get("ab"), "");
}

// HTTP-11: a model name or a provider's text may not split our response.
TEST(Headers, ValuesThatWouldSplitAResponseAreDropped) {
  Headers h;
  for (auto bad : {"a\r\nset-cookie: x"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv, "a\x7f"sv, "a\x1b"sv}) {
    h.set("x-tsg-model", bad);
    h.set(bad, "x");
  }
  h.set("", "x");
  EXPECT_TRUE(h.empty());
  h.set("x-tsg-model", "a\tb");
  EXPECT_EQ(h.get("x-tsg-model"), "a\tb");
}

TEST(ReasonPhrase, UnknownStatusesHaveOneToo) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(418), "Client Error");
  EXPECT_EQ(reason_phrase(599), "Server Error");
}

}  // namespace
}  // namespace tsg::http
