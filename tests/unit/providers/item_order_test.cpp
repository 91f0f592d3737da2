// Calls whose pieces a provider mixes: as they come for who can show them so, one after another for others.
#include <gtest/gtest.h>

#include "support/event_story.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace {

std::string mixed_event(std::string const& type, std::string const& members) {
  return "data: {\"type\":\"" + type + "\"," + members + "}\n\n";
}
std::string mixed_call(int place) {
  auto const n = std::to_string(place);
  return R"("output_index":)" + n + R"(,"item":{"type":"function_call","call_id":"call_)" + n +
         R"(","name":"f)" + n + R"(","arguments":)";
}
std::string mixed_piece(int place, std::string const& text) {
  return mixed_event("response.function_call_arguments.delta",
                     R"("output_index":)" + std::to_string(place) + R"(,"delta":")" + text + "\"");
}
std::string mixed() {
  std::string const added = "response.output_item.added", done = "response.output_item.done";
  return mixed_event(added, mixed_call(0) + R"(""})") + mixed_event(added, mixed_call(1) + R"(""})") +
         mixed_piece(1, "[1") + mixed_piece(0, "[0") +
         mixed_event("response.output_text.delta", R"("output_index":2,"content_index":0,"delta":"said")") +
         mixed_piece(1, "]") + mixed_event(done, mixed_call(1) + R"("[1]"})") + mixed_piece(0, "]") +
         mixed_event(done, mixed_call(0) + R"("[0]"})") +
         mixed_event("response.completed", R"("response":{"id":"r","status":"completed","output":[],)"
                                           R"("usage":{"input_tokens":1,"output_tokens":1}})");
}

conversation::Story story_of(bool overlapping, std::size_t event_bytes_max = 1 << 20, bool* clean = nullptr) {
  DecodeContext c;
  c.wire = Wire::responses;
  c.overlapping = overlapping;
  c.event_bytes_max = event_bytes_max;
  auto const decoder = adapter_for("openai")->stream_decoder(c);
  EventBatch events;
  bool const good = decoder->feed(mixed(), events) && decoder->finish(events);
  if (clean) *clean = good;
  conversation::Story out{overlapping};
  out.add(events);
  return out;
}

TEST(ItemOrder, MixedItemsComeOneAfterAnotherWhereTheyMust) {
  std::vector<std::string> const calls{"call_0|f0|[0]", "call_1|f1|[1]"};
  for (bool const overlapping : {true, false}) {
    auto const story = story_of(overlapping);
    EXPECT_EQ(story.broken(), "") << overlapping;
    auto const& choice = story.choices().at(0);
    EXPECT_EQ(choice.calls(), calls);
    EXPECT_EQ(choice.joined(conversation::Event::Item::text), "said");
    EXPECT_TRUE(choice.stopped);
    EXPECT_EQ(choice.stop, conversation::Stop::calls);
  }
  EXPECT_NE(story_of(true).lines(), story_of(false).lines());
}

TEST(ItemOrder, WhatWaitsIsBounded) {
  bool clean = true;
  (void)story_of(false, 300, &clean);
  EXPECT_FALSE(clean);
  (void)story_of(true, 300, &clean);
  EXPECT_TRUE(clean);
}

}  // namespace
}  // namespace tsg::providers
