// What holds of the events of every recorded stream, in all dialects: the promises of the neutral form; any
// split of the wire tells the same and shows the same (N6); a cut anywhere is never a clean success (N7); the
// same answer, plain and streamed, has the same items (N4).
#include <gtest/gtest.h>

#include <functional>

#include "replay/gathered.hpp"
#include "replay/shapes.hpp"
#include "support/event_story.hpp"
#include "support/same_items.hpp"
#include "tsg/surfaces/stored.hpp"

namespace tsg::replay {
namespace of_events {
namespace {

using nlohmann::json;
using namespace providers;
using conversation::Event;
using conversation::Story;

constexpr std::array<char const*, 5> kProviders{"anthropic", "gemini", "openai", "perplexity", "xai"};

DecodeContext context_of(Shape const& shape) {
  DecodeContext c;
  c.wire = shape.wire;
  c.asked_model = "asked";
  c.id = "chatcmpl-1";
  c.created = 1'795'000'000;
  c.include_usage = true;
  return c;
}

struct Told {
  Story story;
  std::string shown;
  bool clean = false;
  catalog::Usage usage;
  std::string model;
};
Told told(Shape const& shape, DecodeContext const& context, std::vector<std::string> const& pieces) {
  Told out{Story{context.overlapping}, "", false, {}, ""};
  ChatBytes decoder{adapter_for(shape.dialect)->stream_decoder(context), context};
  bool good = true;
  for (auto const& piece : pieces) {
    good = good && decoder.feed(piece, out.shown);
    out.story.add(decoder.events());
    if (!good) break;
  }
  if (good) {
    good = static_cast<bool>(decoder.finish(out.shown));
    out.story.add(decoder.events());
  }
  out.clean = good && decoder.done();
  out.shown += decoder.tail("p", Nano{1});
  out.usage = decoder.usage();
  out.model = decoder.model();
  return out;
}

// Each recorded stream that ended well.
void each(
    std::function<void(std::string const& name, Shape const&, Recording const&, Told const&)> const& one,
    std::size_t least) {
  std::size_t seen = 0;
  for (auto const* provider : kProviders)
    for (auto const& r : recordings(provider)) {
      auto const shape = shape_of(provider, r.meta.value("endpoint", ""));
      if (!shape || !r.stream || r.status >= 300 || shape->operation != Operation::chat) continue;
      auto const whole = told(*shape, context_of(*shape), {r.body});
      if (!whole.clean) continue;
      ++seen;
      one(std::string{provider} + "/" + r.name, *shape, r, whole);
    }
  if (std::getenv("TSG_FIXTURES") == nullptr) GTEST_SKIP() << "TSG_FIXTURES is not set";
  EXPECT_GE(seen, least);
}

TEST(Events, KeepTheirPromises) {
  each(
      [](auto const& name, Shape const& shape, Recording const& r, Told const& whole) {
        EXPECT_EQ(whole.story.broken(), "") << name;
        for (auto const& [index, choice] : whole.story.choices()) EXPECT_TRUE(choice.stopped) << name;
        auto context = context_of(shape);
        context.overlapping = false;
        auto const in_order = told(shape, context, {r.body});
        EXPECT_EQ(in_order.story.broken(), "") << name << " in order";
        EXPECT_EQ(in_order.clean, whole.clean) << name;
        ASSERT_EQ(in_order.story.choices().size(), whole.story.choices().size()) << name;
        for (auto const& [index, choice] : whole.story.choices()) {
          auto const& same = in_order.story.choices().at(index);
          EXPECT_EQ(same.joined(Event::Item::text), choice.joined(Event::Item::text)) << name;
          EXPECT_EQ(same.calls(), choice.calls()) << name;
        }
      },
      85);
}

TEST(Events, AnySplitTellsAndShowsTheSame) {
  each(
      [](auto const& name, Shape const& shape, Recording const& r, Told const& whole) {
        for (unsigned const seed : {0u, 1u, 2u}) {
          auto const again = told(shape, context_of(shape), cut(r.body, seed));
          EXPECT_EQ(again.story.lines() == whole.story.lines(), true) << name << " seed " << seed;
          EXPECT_EQ(again.shown == whole.shown, true) << name << " seed " << seed;
        }
      },
      85);
}

// An end without its terminator may be an end all the same, where nothing of the answer is missing.
TEST(Events, ACutAnywhereIsNeverACleanSuccess) {
  each(
      [](auto const& name, Shape const& shape, Recording const& r, Told const& whole) {
        std::mt19937 random{static_cast<unsigned>(r.body.size())};
        for (int i = 0; i < 40; ++i) {
          auto const n = i < 8 ? r.body.size() - 1 - static_cast<std::size_t>(i) * 7 % r.body.size()
                               : random() % r.body.size();
          auto const part = told(shape, context_of(shape), {r.body.substr(0, n)});
          bool const says_so = part.shown.find("data: [DONE]") != std::string::npos;
          EXPECT_EQ(part.clean, says_so) << name << " at " << n;
          if (!part.clean) continue;
          for (auto const& [index, choice] : whole.story.choices()) {
            auto const& has = part.story.choices().at(index);
            EXPECT_EQ(has.joined(Event::Item::text), choice.joined(Event::Item::text)) << name << " at " << n;
            EXPECT_EQ(has.calls(), choice.calls()) << name << " at " << n;
            EXPECT_EQ(has.stop, choice.stop) << name << " at " << n;
          }
        }
      },
      85);
}

// What a client was sent is read again as what it was.
TEST(Events, WhatWasShownReadsAsItWas) {
  each(
      [](auto const& name, Shape const&, Recording const&, Told const& whole) {
        EventBatch read;
        ASSERT_TRUE(surfaces::read_chunks(whole.shown, read)) << name;
        std::string again;
        surfaces::chat_renderer({})->render(std::as_const(read).events(), again);
        EXPECT_EQ(again == whole.shown, true) << name;
        Story story;
        story.add(read);
        EXPECT_EQ(story.broken(), "") << name;
        for (auto const& [index, choice] : whole.story.choices()) {
          auto const& same = story.choices().at(index);
          EXPECT_EQ(same.joined(Event::Item::text), choice.joined(Event::Item::text)) << name;
          EXPECT_EQ(same.joined(Event::Item::thought), choice.joined(Event::Item::thought)) << name;
          EXPECT_EQ(same.calls(), choice.calls()) << name;
          EXPECT_EQ(same.citations(), choice.citations()) << name;
        }
      },
      85);
}

// -- the plain twin of a recorded stream, put together without the decoders

json anthropic_twin(std::vector<json> const& events) {
  json message;
  std::map<std::int64_t, std::string> inputs;
  for (auto const& e : events) {
    auto const type = text_in(e, "type");
    if (type == "message_start") message = e["message"];
    if (type == "content_block_start") message["content"].push_back(e["content_block"]);
    if (type == "content_block_delta") {
      auto& block = message["content"][e["index"].get<std::size_t>()];
      auto const& d = e["delta"];
      for (auto const* key : {"text", "thinking", "signature"})
        if (d.contains(key)) block[key] = text_in(block, key) + text_in(d, key);
      if (d.contains("partial_json")) inputs[e["index"]] += text_in(d, "partial_json");
      if (d.contains("citation")) {
        if (!block["citations"].is_array()) block["citations"] = json::array();
        block["citations"].push_back(d["citation"]);
      }
    }
    if (type == "content_block_stop")
      if (auto const& text = inputs[e["index"]]; !text.empty())
        message["content"][e["index"].get<std::size_t>()]["input"] = json::parse(text);
    if (type == "message_delta") {
      message["stop_reason"] = e["delta"]["stop_reason"];
      if (e["delta"].contains("stop_details")) message["stop_details"] = e["delta"]["stop_details"];
      message["usage"].update(e["usage"]);
    }
  }
  return message;
}

json gemini_twin(std::vector<json> const& events) {
  json out = events.back();
  std::map<std::int64_t, json> candidates;
  for (auto const& e : events) {
    for (auto const& [key, value] : e.items()) out[key] = value;
    if (!e.contains("candidates")) continue;
    for (auto const& c : e["candidates"]) {
      auto& to = candidates[c.value("index", 0)];
      auto parts = to.contains("content") ? to["content"]["parts"] : json::array();
      if (c.contains("content") && c["content"].contains("parts"))
        for (auto const& part : c["content"]["parts"]) parts.push_back(part);
      for (auto const& [key, value] : c.items()) to[key] = value;
      to["content"]["parts"] = parts;
    }
  }
  out["candidates"] = json::array();
  for (auto const& [index, c] : candidates) out["candidates"].push_back(c);
  return out;
}

json responses_twin(std::vector<json> const& events) {
  for (auto e = events.rbegin(); e != events.rend(); ++e)
    if (e->contains("response") && !(*e)["response"]["output"].empty()) return (*e)["response"];
  return {};
}

json chat_twin(std::vector<json> const& events) {
  json out = events.front();
  json message{{"role", "assistant"}, {"content", ""}};
  std::vector<json> calls;
  for (auto const& e : events) {
    for (auto const& [key, value] : e.items())
      if (key != "choices" && (key != "usage" || value.is_object())) out[key] = value;
    if (!e.contains("choices") || e["choices"].empty()) continue;
    if (e["choices"].size() != 1 || e["choices"][0].value("index", 0) != 0) return {};  // of several
    auto const& c = e["choices"][0];
    auto const& d = c["delta"];
    for (auto const* key : {"content", "refusal", "reasoning_content"})
      if (!text_in(d, key).empty()) message[key] = text_in(message, key) + text_in(d, key);
    if (d.contains("annotations"))
      for (auto const& a : d["annotations"]) message["annotations"].push_back(a);
    if (d.contains("tool_calls") && d["tool_calls"].is_array())
      for (auto const& call : d["tool_calls"]) {
        auto const at = call.value("index", std::size_t{0});
        if (at >= calls.size()) calls.resize(at + 1, json::object());
        auto& to = calls[at];
        for (auto const* key : {"id", "type"})
          if (call.contains(key)) to[key] = call[key];
        for (auto const* key : {"name", "arguments"})
          to["function"][key] = text_in(to["function"], key) + text_in(call["function"], key);
      }
    if (c.contains("finish_reason") && c["finish_reason"].is_string())
      out["choices"] = json::array({{{"index", 0}, {"finish_reason", c["finish_reason"]}}});
  }
  if (!calls.empty()) message["tool_calls"] = calls;
  if (!calls.empty() && message["content"] == "") message["content"] = nullptr;
  out["choices"][0]["message"] = message;
  out["object"] = "chat.completion";
  return out;
}

json twin_of(Shape const& shape, std::string const& wire) {
  auto const events = events_of(wire);
  if (events.empty()) return {};
  if (shape.wire == Wire::responses) return responses_twin(events);
  if (shape.dialect == "anthropic") return anthropic_twin(events);
  if (shape.dialect == "gemini") return gemini_twin(events);
  return chat_twin(events);
}

TEST(Events, ThePlainTwinHasTheSameItems) {
  std::map<std::string, std::pair<int, int>> table;
  each(
      [&](auto const& name, Shape const& shape, Recording const& r, Told const& whole) {
        auto& row = table[std::string{shape.dialect} + (shape.wire == Wire::responses ? " responses" : "")];
        ++row.second;
        auto const twin = twin_of(shape, r.body);
        if (twin.empty()) return;
        auto const plain = adapter_for(shape.dialect)->decode(twin.dump(), context_of(shape));
        ASSERT_TRUE(plain) << name << ": " << plain.error().message();
        ++row.first;
        auto const a = whole_answer(json::parse(finish_answer(*plain, context_of(shape), "p", Nano{1})));
        EXPECT_EQ(streamed_answer(whole.shown).finish, a.finish) << name;
        auto const& told = whole.story.choices().at(0);
        auto const& read = plain->choices.at(0);
        EXPECT_EQ(lines_of(told), lines_of(read)) << name;
        EXPECT_EQ(told.stop, read.stop) << name;
        EXPECT_EQ(told.citations(), read.citations.size()) << name;
        EXPECT_EQ(whole.usage.input_total(), plain->usage.input_total()) << name;
        EXPECT_EQ(whole.usage.output_total(), plain->usage.output_total()) << name;
        EXPECT_EQ(whole.usage.reported_cost, plain->usage.reported_cost) << name;
      },
      85);
  print_table("plain twins of streams", table);
}

}  // namespace
}  // namespace of_events
}  // namespace tsg::replay
