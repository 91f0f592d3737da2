// What every dialect's decoder must keep, whatever its wire looks like. A new adapter adds one sample.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/chat_bytes.hpp"
#include "support/dialect_samples.hpp"
#include "support/event_story.hpp"

namespace tsg::providers {
namespace {

using namespace samples;

class AdapterContract : public testing::TestWithParam<Sample> {
 protected:
  ProviderAdapter const& adapter() const { return *adapter_for(GetParam().dialect); }
  DecodeContext context() const {
    DecodeContext c;
    c.asked_model = "m";
    c.id = "chatcmpl-1";
    c.created = 1;
    c.include_usage = true;
    c.wire = GetParam().wire;
    return c;
  }
  struct Run {
    std::unique_ptr<ChatBytes> decoder;
    std::string out;
    bool clean = false;
  };
  // Fed in pieces that end at `cuts`.
  Run run(std::string_view wire, std::vector<std::size_t> const& cuts) const {
    Run r{chat_bytes(adapter(), context()), "", false};
    std::size_t at = 0;
    for (auto const end : cuts) {
      if (!r.decoder->feed(wire.substr(at, end - at), r.out)) return r;
      at = end;
    }
    r.clean = r.decoder->feed(wire.substr(at), r.out) && r.decoder->finish(r.out);
    return r;
  }
};

TEST_P(AdapterContract, AnySplitGivesTheSameBytes) {
  auto const& wire = GetParam().stream;
  auto const whole = run(wire, {});
  ASSERT_TRUE(whole.clean);
  for (std::size_t i = 0; i <= wire.size(); ++i) {
    auto const two = run(wire, {i});
    EXPECT_TRUE(two.clean) << i;
    EXPECT_EQ(two.out, whole.out) << i;
  }
  for (unsigned const seed : {1u, 2u, 3u}) {
    std::mt19937 random{seed};
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < wire.size(); at += random() % 7) cuts.push_back(at);
    auto const many = run(wire, cuts);
    EXPECT_EQ(many.out, whole.out) << seed;
    EXPECT_EQ(many.decoder->tail("p", Nano{1}), whole.decoder->tail("p", Nano{1}));
  }
}

TEST_P(AdapterContract, CutOffAnywhereIsNeverACleanEnd) {
  auto const& wire = GetParam().stream;
  auto const said_at = GetParam().said_at;
  for (std::size_t n = 0; n < said_at; ++n) {
    auto const r = run(std::string_view{wire}.substr(0, n), {});
    EXPECT_FALSE(r.clean) << n;
    EXPECT_FALSE(r.decoder->done()) << n;
    EXPECT_EQ(r.out.find("[DONE]"), std::string::npos) << n;
    EXPECT_EQ(r.decoder->tail("p", Nano{1}).find("[DONE]"), std::string::npos) << n;
  }
}

TEST_P(AdapterContract, WhatIsPutOutIsAlwaysWholeEvents) {
  auto const& wire = GetParam().stream;
  auto decoder = chat_bytes(adapter(), context());
  std::string out;
  for (char const c : wire) {
    ASSERT_TRUE(decoder->feed({&c, 1}, out));
    EXPECT_TRUE(out.empty() || (out.starts_with("data: {") && out.ends_with("}\n\n")));
  }
  EXPECT_NE(out.find(GetParam().text), std::string::npos);
}

// What conversation/event.hpp promises, whatever the surface can show, and however the wire is cut.
TEST_P(AdapterContract, TheEventsKeepTheirPromises) {
  auto const& wire = GetParam().stream;
  std::string lines;
  for (bool const overlapping : {true, false})
    for (std::size_t const step : {wire.size(), std::size_t{1}, std::size_t{13}}) {
      auto c = context();
      c.overlapping = overlapping;
      auto const decoder = adapter().stream_decoder(c);
      conversation::Story story{overlapping};
      EventBatch events;
      for (std::size_t at = 0; at < wire.size(); at += step) {
        ASSERT_TRUE(decoder->feed(std::string_view{wire}.substr(at, step), events));
        story.add(events);
        events.clear();
      }
      ASSERT_TRUE(decoder->finish(events));
      story.add(events);
      EXPECT_EQ(story.broken(), "");
      auto const& choice = story.choices().at(0);
      EXPECT_EQ(choice.joined(conversation::Event::Item::text), GetParam().text);
      EXPECT_TRUE(choice.stopped);
      EXPECT_EQ(choice.stop, conversation::Stop::end);
      if (lines.empty()) lines = story.lines();
      EXPECT_EQ(story.lines(), lines);
    }
}

TEST_P(AdapterContract, TheTailIsTheUsageChunkAndDone) {
  auto const r = run(GetParam().stream, {});
  auto const tail = r.decoder->tail("instance", Nano{2'500'000'000});
  EXPECT_TRUE(tail.ends_with("data: [DONE]\n\n"));
  for (std::string const part : {R"("choices":[])", R"("provider":"instance")", R"("cost_usd":2.5)",
                                 R"("input_tokens":5)", R"("output_tokens":3)"})
    EXPECT_NE(tail.find(part), std::string::npos) << part;
  EXPECT_TRUE(r.decoder->usage().reported);
  EXPECT_EQ(r.decoder->usage().input_total(), 5);
  EXPECT_EQ(r.decoder->usage().output_total(), 3);
  EXPECT_TRUE(r.decoder->content_started());
  EXPECT_GE(r.decoder->output_bytes(), static_cast<std::int64_t>(GetParam().text.size()));
}

TEST_P(AdapterContract, BytesAfterTheTerminatorChangeNothing) {
  auto const whole = run(GetParam().stream, {});
  auto const more = run(GetParam().stream + GetParam().stream + "data: {", {});
  if (GetParam().ends_with_body) {  // bytes behind the end of the body are bytes of the body
    EXPECT_FALSE(more.clean);
    return;
  }
  EXPECT_TRUE(more.clean);
  EXPECT_EQ(more.out, whole.out);
}

TEST_P(AdapterContract, AnErrorInTheStreamIsFinal) {
  auto const r = run(GetParam().mid_error + GetParam().stream, {});
  EXPECT_FALSE(r.clean);
  EXPECT_FALSE(r.decoder->done());
  std::string out;
  EXPECT_FALSE(r.decoder->feed(GetParam().stream, out));
  EXPECT_EQ(out, "");
}

TEST_P(AdapterContract, DamagedBytesNeverCrashAndNeverEndCleanlyTwice) {
  auto const& wire = GetParam().stream;
  std::mt19937 random{7};
  for (int i = 0; i < 2000; ++i) {
    auto broken = wire;
    for (unsigned k = 0; k <= random() % 3; ++k)
      broken[random() % broken.size()] = static_cast<char>(random());
    auto const r = run(broken, {random() % broken.size()});
    EXPECT_EQ(r.clean, r.decoder->done());
  }
}

TEST_P(AdapterContract, AWholeAnswerInOneShape) {
  auto const a = adapter().decode(GetParam().whole, context());
  ASSERT_TRUE(a);
  auto const body = finish_answer(*a, context(), "instance", std::nullopt);
  for (std::string const part :
       {R"("object":"chat.completion")", R"("finish_reason":"stop")", R"("provider":"instance")",
        R"("cost_usd":null)", R"("input_tokens":5)", R"("output_tokens":3)"})
    EXPECT_NE(body.find(part), std::string::npos) << part;
  EXPECT_NE(body.find(R"("content":")" + GetParam().text + R"(","provider")"), std::string::npos);
  for (std::size_t n = 0; n < GetParam().whole.size(); ++n)
    EXPECT_FALSE(adapter().decode(std::string_view{GetParam().whole}.substr(0, n), context())) << n;
}

// What a body used does not depend on whether an answer is found in it.
TEST_P(AdapterContract, UsageIsToldWithoutAnAnswer) {
  auto const told = adapter().told_usage(GetParam().whole, context());
  EXPECT_TRUE(told.reported);
  EXPECT_EQ(told.input_total(), 5);
  EXPECT_EQ(told.output_total(), 3);
  for (std::size_t n = 0; n < GetParam().whole.size(); ++n)
    EXPECT_FALSE(adapter().told_usage(std::string_view{GetParam().whole}.substr(0, n), context()).reported)
        << n;
  auto const r = run(GetParam().stream, {});
  EXPECT_TRUE(r.decoder->usage_final());
}

TEST_P(AdapterContract, TheCredentialIsInTheHeadersOnly) {
  http::Headers headers;
  adapter().authorize(headers, "the-key");
  std::string head;
  headers.append_to(head);
  EXPECT_NE(head.find("the-key"), std::string::npos);
}

TEST_P(AdapterContract, EveryStatusWithAnyBodyIsSomeError) {
  for (int status = 300; status < 600; ++status)
    for (std::string const body :
         {"", "<html>", "[]", "{}", "null", R"({"error":null})", R"({"error":{"message":7}})"}) {
      auto const e =
          adapter().decode_error(status, body, [](std::string_view) { return std::string_view{}; });
      EXPECT_NE(e.code(), Errc::internal) << status;
      EXPECT_NE(e.code(), Errc::invalid_api_key) << status;
    }
}

INSTANTIATE_TEST_SUITE_P(Dialects, AdapterContract,
                         testing::Values(openai(), anthropic(), responses("openai"), xai(), responses("xai"),
                                         responses("perplexity"), sonar(), gemini()),
                         [](auto const& sample) {
                           auto name = sample.param.dialect +
                                       (sample.param.wire == Wire::responses ? "_responses" : "");
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tsg::providers
