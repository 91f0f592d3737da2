#include "tsg/conversation/event.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tsg::conversation {
namespace {

Event text(std::string_view said) {
  Event e{Event::Kind::text, 0};
  e.text = said;
  return e;
}

TEST(EventBatch, KeepsWhatItsEventsPointTo) {
  EventBatch batch;
  for (int i = 0; i < 1000; ++i) batch.add(text("piece " + std::to_string(i)));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(batch.events()[i].text, "piece " + std::to_string(i));
  auto const large = batch.keep(std::string(200'000, 'x'));
  EXPECT_EQ(batch.events()[0].text, "piece 0");
  EXPECT_EQ(large, std::string(200'000, 'x'));
}

TEST(EventBatch, ReusesItsMemoryAndGivesLargeOnesBack) {
  EventBatch batch;
  batch.add(text(std::string(500, 'a')));
  auto const* first = batch.events()[0].text.data();
  batch.clear();
  batch.add(text(std::string(500, 'b')));
  EXPECT_EQ(batch.events()[0].text.data(), first);
  EXPECT_EQ(batch.bytes(), 500u);
  batch.clear();
  batch.keep(std::string(1'000'000, 'c'));
  batch.clear();
  batch.add(text("d"));
  EXPECT_EQ(batch.events()[0].text.data(), first);
}

TEST(EventBatch, WhatItKeepsAlreadyIsNotKeptAgain) {
  EventBatch batch;
  auto const said = batch.keep("said");
  EXPECT_EQ(batch.add(text(said)).text.data(), said.data());
  EXPECT_EQ(batch.bytes(), 4u);
}

TEST(EventBatch, IsAppendedAndCutBack) {
  EventBatch one, other;
  one.add(text("a"));
  {
    other.add(text("b"));
    one.append(other);
    other.clear();
    other.add(text("x"));
  }
  EXPECT_EQ(one.events()[1].text, "b");
  one.truncate(1);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(one.events()[0].text, "a");
}

TEST(EventBatch, CountsTheEventsWithContent) {
  EventBatch batch;
  batch.add(text("a"));
  batch.add(text(""));
  Event open{Event::Kind::open, 0, 1};
  batch.add(open);
  open.item_kind = Event::Item::call;
  batch.add(open);
  batch.add(Event{Event::Kind::stop, 0});
  EXPECT_EQ(batch.content_events(), 2u);
  auto joined = text("of the same");
  joined.joined = true;
  batch.add(text(""));
  batch.add(joined);
  batch.add(joined);
  EXPECT_EQ(batch.content_events(), 3u);
}

}  // namespace
}  // namespace tsg::conversation
