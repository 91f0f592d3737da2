#include <gtest/gtest.h>

#include "support/event_story.hpp"
#include "tsg/surfaces/renderer.hpp"
#include "tsg/surfaces/stored.hpp"

namespace tsg::surfaces {
namespace {

using conversation::Event;
using conversation::EventBatch;
using conversation::Stop;

RenderContext asked(bool usage = false, bool legacy = false) {
  RenderContext c;
  c.id = "chatcmpl-1";
  c.created = 7;
  c.model = "asked";
  c.include_usage = usage;
  c.legacy_functions = legacy;
  return c;
}
std::string shown(EventBatch const& events, RenderContext const& context = asked()) {
  std::string out;
  chat_renderer(context)->render(events.events(), out);
  return out;
}
std::string chunk(std::string const& delta, std::string const& finish = "null",
                  std::string const& more = "") {
  return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"asked",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"logprobs":null,"finish_reason":)" + finish + "}]" + more + "}\n\n";
}
std::string const kRole = chunk(R"({"role":"assistant","content":""})");

Event of(Event::Kind kind, Event::Item item_kind = Event::Item::text, std::uint32_t item = 0) {
  Event e{kind, 0, item};
  e.item_kind = item_kind;
  return e;
}
Event said(std::string_view text, Event::Item kind = Event::Item::text, std::uint32_t item = 0) {
  auto e = of(Event::Kind::text, kind, item);
  e.text = text;
  return e;
}

TEST(ChatRenderer, TheRoleComesOnceAndTheEndOnce) {
  EventBatch events;
  events.add(of(Event::Kind::open));
  events.add(said("a \"b\""));
  events.add(of(Event::Kind::close));
  auto stop = of(Event::Kind::stop);
  stop.stop = Stop::context_full;
  events.add(stop);
  EXPECT_EQ(shown(events), kRole + chunk(R"({"content":"a \"b\""})") + chunk("{}", "\"length\""));
  EXPECT_EQ(shown(events, asked(true)).substr(0, kRole.size() + 13),
            kRole.substr(0, kRole.size() - 3) + ",\"usage\":null}\n\n");
}

TEST(ChatRenderer, ACallAndWhatIsToldWithItIsOneChunk) {
  EventBatch events;
  auto open = of(Event::Kind::open, Event::Item::call);
  open.id = "call_1";
  open.name = "f";
  open.place = 2;
  events.add(open);
  auto text = said("{", Event::Item::call);
  text.joined = true;
  text.place = 2;
  events.add(text);
  auto extra = of(Event::Kind::extra);
  extra.joined = true;
  extra.at = Event::At::call;
  extra.json = R"({"extra_content":{}})";
  events.add(extra);
  auto more = said("}", Event::Item::call);
  more.place = 2;
  events.add(more);
  EXPECT_EQ(
      shown(events),
      kRole +
          chunk(
              R"({"tool_calls":[{"index":2,"id":"call_1","type":"function","function":{"name":"f","arguments":"{"},"extra_content":{}}]})") +
          chunk(R"({"tool_calls":[{"index":2,"function":{"arguments":"}"}}]})"));
}

TEST(ChatRenderer, WhoKnowsNoToolsGetsTheFirstCall) {
  EventBatch events;
  for (std::uint32_t place : {0u, 1u}) {
    auto open = of(Event::Kind::open, Event::Item::call, place);
    open.name = place == 0 ? "f" : "g";
    open.place = place;
    events.add(open);
  }
  auto stop = of(Event::Kind::stop);
  stop.stop = Stop::calls;
  events.add(stop);
  EXPECT_EQ(
      shown(events, asked(false, true)),
      kRole + chunk(R"({"function_call":{"name":"f","arguments":""}})") + chunk("{}", "\"function_call\""));
}

std::string const kOwn =
    R"(data: {"id":"c","model":"m","created":9,"x":"one","choices":[{"index":0,"delta":{"content":"hello","y":"two","tool_calls":[{"index":1,"id":"i","type":"function","function":{"name":"n","arguments":"{}"}}]},"logprobs":{"content":[]},"finish_reason":"stop"}]})"
    "\n\n";

TEST(ChatRenderer, OnlyWhatARuleChangedIsReplacedInAProvidersChunk) {
  EventBatch events;
  ASSERT_TRUE(read_chunks(kOwn, events));
  EXPECT_EQ(shown(events), kOwn);
  conversation::Story story;
  story.add(events);
  EXPECT_EQ(story.broken(), "");
  auto want = kOwn;
  auto const put = [&](std::string_view was, std::string_view is) {
    want.replace(want.find(was), was.size(), is);
  };
  for (auto& e : events.events()) {
    if (e.kind == Event::Kind::text && e.item_kind == Event::Item::text) e.text = "\"hi\"";
    if (e.kind == Event::Kind::text && e.name == "y") e.name = "z";
    if (e.kind == Event::Kind::open && e.item_kind == Event::Item::call) e.name = "other";
    if (e.kind == Event::Kind::logprobs) e.json = "null";
    if (e.kind == Event::Kind::extra) e.json = R"({"x":"1"})";
    e.changed = true;
  }
  put(R"("hello")", R"("\"hi\"")");
  put(R"("y")", R"("z")");
  put(R"("name":"n")", R"("name":"other")");
  put(R"({"content":[]})", "null");
  put(R"("x":"one")", R"("x":"1")");
  EXPECT_EQ(shown(events), want);
}

TEST(ChatRenderer, WhatIsAddedToAProvidersStreamLooksLikeIt) {
  EventBatch events;
  ASSERT_TRUE(read_chunks(kOwn, events));
  auto more = said("held", Event::Item::thought, 1);
  more.name = "reasoning";
  events.add(more);
  auto const out = shown(events);
  EXPECT_EQ(out.substr(kOwn.size()),
            R"(data: {"id":"c","object":"chat.completion.chunk","created":9,"model":"m",)"
            R"("choices":[{"index":0,"delta":{"reasoning":"held"},"logprobs":null,"finish_reason":null}]})"
            "\n\n");
}

TEST(ChatRenderer, TheTailKeepsTheProvidersUsageAndWhatStandsBesideIt) {
  EventBatch events;
  Event last{Event::Kind::last, 0};
  std::string const body = R"({"id":"c","cited":["secret"],"choices":[],"usage":{"prompt_tokens":5}})";
  last.wire = body;
  last.where = {body.size() - 2, body.size() - 2};
  events.add(last);
  Event extra{Event::Kind::extra, 0};
  extra.at = Event::At::ending;
  extra.joined = true;
  extra.changed = true;
  auto const at = body.find(R"("cited")");
  extra.where = {at, body.find(']') + 1};
  extra.json = R"({"cited":[]})";
  events.add(extra);
  auto const renderer = chat_renderer(asked(true));
  std::string out;
  renderer->render(std::as_const(events).events(), out);
  EXPECT_EQ(out, "");
  Ending ending;
  ending.usage.input = 5;
  ending.usage.output = 3;
  ending.provider = "p";
  ending.cost = Nano{1'000'000'000};
  EXPECT_EQ(
      renderer->tail(ending),
      R"(data: {"id":"c","cited":[],"choices":[],"usage":{"prompt_tokens":5,"input_tokens":5,"output_tokens":3,"cost_usd":1},"provider":"p"})"
      "\n\ndata: [DONE]\n\n");
}

TEST(ChatRenderer, MembersOfTheEndStandInAChunkOfOurs) {
  EventBatch events;
  Event extra{Event::Kind::extra, 0};
  extra.at = Event::At::ending;
  extra.json = R"({"citations":["u"]})";
  events.add(extra);
  auto const renderer = chat_renderer(asked(true));
  std::string out;
  renderer->render(std::as_const(events).events(), out);
  auto const tail = renderer->tail({});
  EXPECT_EQ(out, "");
  EXPECT_NE(tail.find(R"("citations":["u"])"), std::string::npos) << tail;
  EXPECT_NE(tail.find(R"("model":"asked")"), std::string::npos) << tail;
}

TEST(StoredStream, WhatIsNoChunkPassesAsItIs) {
  std::string const bytes = ": comment\n\ndata: [DONE]\n\ndata: cut";
  EventBatch events;
  ASSERT_TRUE(read_chunks(bytes, events));
  EXPECT_EQ(shown(events), bytes);
  EXPECT_FALSE(read_chunks("data: {broken\n\n", events));
}

}  // namespace
}  // namespace tsg::surfaces
