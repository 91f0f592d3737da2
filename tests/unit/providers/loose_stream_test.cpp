// The same, of streams: each case is what a client puts together in the end.
#include <map>
#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace loose_stream_test {

using Chunk = nlohmann::json;

DecodeContext loose_stream_context() {
  auto c = asking(true);
  c.loose = true;
  c.id = "chatcmpl-0199";
  c.created = 1'795'000'000;
  return c;
}

std::string event_of(std::string_view data) {
  return "data: " + std::string{data} + "\n\n";
}
std::string piece(std::string_view choice, std::string_view more = "") {
  return event_of(R"({"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[)" +
                  std::string{choice} + "]" + std::string{more} + "}");
}
std::string calls(std::string_view list) {
  return piece(R"({"index":0,"delta":{"tool_calls":[)" + std::string{list} + R"(]},"finish_reason":null})");
}
std::string const kEnd = piece(R"({"index":0,"delta":{},"finish_reason":"tool_calls"})");
std::string const kOver = "data: [DONE]\n\n";

struct Streamed {
  std::unique_ptr<ChatBytes> decoder;
  std::string out, error;
  std::vector<Chunk> chunks() const {
    std::vector<Chunk> all;
    std::string_view rest = out;
    while (!rest.empty()) {
      auto const event = rest.substr(0, rest.find("\n\n"));
      all.push_back(Chunk::parse(event.substr(6)));
      rest.remove_prefix(event.size() + 2);
    }
    return all;
  }
};
Streamed played(std::string const& wire, DecodeContext const& context = loose_stream_context()) {
  Streamed s{chat_bytes(*adapter_for("openai"), context), "", ""};
  auto done = s.decoder->feed(wire, s.out);
  if (done) done = s.decoder->finish(s.out);
  if (!done) s.error = std::string{done.error().message()} + "|" + done.error().peek()->log;
  return s;
}

// As OpenAI's own SDKs merge deltas: texts by index are put one behind the other, ids and types too.
struct Merged {
  std::string id, type, name, arguments;
  friend bool operator==(Merged const&, Merged const&) = default;
};
std::map<int, Merged> merged(Streamed const& s) {
  std::map<int, Merged> out;
  for (auto const& chunk : s.chunks())
    for (auto const& choice : chunk["choices"])
      for (auto const& call : choice["delta"].value("tool_calls", Chunk::array())) {
        auto& to = out[call.at("index").get<int>()];
        to.id += call.value("id", "");
        to.type += call.value("type", "");
        if (!call.contains("function")) continue;
        to.name += call["function"].value("name", "");
        to.arguments += call["function"].value("arguments", "");
      }
  return out;
}

struct CallCase {
  char const* story;
  std::vector<std::string> pieces;
  std::vector<Merged> wanted;
};
TEST(LooseStream, CallsAreNumberedAndSaidOnce) {
  Merged const one{"a", "function", "lookup", R"({"x":1})"}, two{"b", "function", "find", R"({"y":2})"};
  std::vector<CallCase> const cases{
      {"one call without an index",
       {R"({"id":"a","type":"function","function":{"name":"lookup","arguments":""}})",
        R"({"function":{"arguments":"{\"x\""}})", R"({"function":{"arguments":":1}"}})"},
       {one}},
      {"two calls without an index, ids of their own",
       {R"({"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\":1}"}})",
        R"({"id":"b","type":"function","function":{"name":"find","arguments":"{\"y\":2}"}})"},
       {one, two}},
      {"both in one piece",
       {R"({"id":"a","function":{"name":"lookup","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"find","arguments":"{\"y\":2}"}})"},
       {one, two}},
      {"two calls with the same index",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\":1}"}})",
        R"({"index":0,"id":"b","type":"function","function":{"name":"find","arguments":"{\"y\":2}"}})"},
       {one, two}},
      {"pieces of two calls by turns, found by their ids",
       {R"({"id":"a","function":{"name":"lookup","arguments":"{\"x\""}})",
        R"({"id":"b","function":{"name":"find","arguments":"{\"y\""}})",
        R"({"id":"a","function":{"arguments":":1}"}})", R"({"id":"b","function":{"arguments":":2}"}})"},
       {one, two}},
      {"name, id and type in every piece",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\""}})",
        R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":":1}"}})"},
       {one}},
      {"the name again without an id",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\""}})",
        R"({"index":0,"function":{"name":"lookup","arguments":":1}"}})"},
       {one}},
      {"an empty id and type in later pieces",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":""}})",
        R"({"index":0,"id":"","type":"","function":{"name":"","arguments":"{\"x\":1}"}})"},
       {one}},
      {"an id of its own for each piece",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\""}})",
        R"({"index":0,"id":"z","function":{"arguments":":1}"}})"},
       {one}},
      {"a name in two pieces",
       {R"({"index":0,"id":"a","type":"function","function":{"name":"look","arguments":""}})",
        R"({"index":0,"function":{"name":"up","arguments":"{\"x\":1}"}})"},
       {one}},
      {"arguments as an object, no type",
       {R"({"index":0,"id":"a","function":{"name":"lookup","arguments":{"x":1}}})"},
       {one}},
      {"counting from one",
       {R"({"index":1,"id":"a","type":"function","function":{"name":"lookup","arguments":"{\"x\":1}"}})",
        R"({"index":2,"id":"b","type":"function","function":{"name":"find","arguments":"{\"y\":2}"}})"},
       {one, two}},
      {"flat, without the object function", {R"({"id":"a","name":"lookup","arguments":{"x":1}})"}, {one}},
      {"no arguments at all",
       {R"({"index":0,"id":"a","function":{"name":"lookup"}})"},
       {{"a", "function", "lookup", "{}"}}},
      {"arguments of null",
       {R"({"index":0,"id":"a","function":{"name":"lookup","arguments":null}})"},
       {{"a", "function", "lookup", "{}"}}},
      {"no id",
       {R"({"function":{"name":"lookup","arguments":"{\"x\":1}"}})"},
       {{"call_0199_0_0", "function", "lookup", R"({"x":1})"}}},
  };
  for (auto const& c : cases) {
    std::string wire;
    for (auto const& p : c.pieces) wire += calls(p);
    auto const s = played(wire + kEnd + kOver);
    EXPECT_EQ(s.error, "") << c.story;
    auto const got = merged(s);
    ASSERT_EQ(got.size(), c.wanted.size()) << c.story << "\n" << s.out;
    for (std::size_t i = 0; i < c.wanted.size(); ++i)
      EXPECT_EQ(got.at(static_cast<int>(i)), c.wanted[i]) << c.story << "\n" << s.out;
  }
}

TEST(LooseStream, WhatIsCompletePassesByteForByte) {
  auto const wire =
      piece(R"({"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null})",
            R"(,"usage":null)") +
      calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})") +
      calls(R"({"index":0,"function":{"arguments":"{}"}})") + kEnd;
  EXPECT_EQ(played(wire + kOver).out, wire);
}

TEST(LooseStream, TheHeadOfEachChunkIsCompletedAndIsTheSame) {
  auto const s = played(
      event_of(R"({"choices":[{"delta":{"content":"a"}}]})") +
      event_of(
          R"({"id":"later","created":1790000000123,"model":"m","choices":[{"delta":{"content":"b"}}]})") +
      event_of(R"({"created":1790000000.7,"choices":[{"delta":{},"finish_reason":"stop"}]})") + kOver);
  ASSERT_EQ(s.error, "");
  for (auto const& chunk : s.chunks()) {
    EXPECT_EQ(chunk["id"], "chatcmpl-0199");
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_EQ(chunk["created"].dump(), "1795000000");
    EXPECT_EQ(chunk["choices"][0]["index"], 0);
  }
  EXPECT_EQ(s.chunks()[0]["model"], "asked");
  auto const milli =
      played(piece(R"({"index":0,"delta":{"content":"a"},"finish_reason":"stop"})", "") + kOver);
  EXPECT_EQ(milli.chunks()[0]["created"], 7);
}

// Azure's asynchronous content filter.
TEST(LooseStream, AChoiceWithoutADeltaHasAnEmptyOne) {
  auto const filter =
      piece(R"({"index":0,"content_filter_results":{},"content_filter_offsets":{},"finish_reason":null})");
  auto const s = played(piece(R"({"index":0,"delta":{"content":"Hi"},"finish_reason":null})") + filter +
                        piece(R"({"index":0,"delta":null,"finish_reason":"stop"})") + filter + kOver);
  ASSERT_EQ(s.error, "");
  ASSERT_EQ(s.chunks().size(), 3u) << "what comes behind the end says nothing";
  for (auto const& chunk : s.chunks()) EXPECT_TRUE(chunk["choices"][0]["delta"].is_object());
}

TEST(LooseStream, AMessageInPlaceOfADeltaIsOne) {
  auto const s = played(
      piece(R"({"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"})") + kOver);
  ASSERT_EQ(s.error, "");
  EXPECT_EQ(s.chunks()[0]["choices"][0]["delta"]["content"], "Hi");
  EXPECT_EQ(s.decoder->output_bytes(), 2);
}

TEST(LooseStream, ContentIsAString) {
  auto const s = played(
      piece(
          R"({"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]},"finish_reason":null})") +
      piece(R"({"index":0,"delta":{"content":[{"type":"text","text":"Hi"}]},"finish_reason":null})") +
      piece(R"({"index":0,"delta":{"content":" you"},"finish_reason":"stop"})") + kOver);
  ASSERT_EQ(s.error, "");
  auto const all = s.chunks();
  EXPECT_EQ(all[0]["choices"][0]["delta"]["reasoning_content"], "hm");
  EXPECT_EQ(all[0]["choices"][0]["delta"]["content"], "");
  EXPECT_EQ(all[1]["choices"][0]["delta"]["content"], "Hi");
  EXPECT_EQ(s.decoder->output_bytes(), 8);
  EXPECT_TRUE(s.decoder->content_started());
}

TEST(LooseStream, UsageToldInGroqsPlaceIsBelievedAndShown) {
  auto const s = played(
      piece(R"({"index":0,"delta":{"content":"Hi"},"finish_reason":null})", R"(,"x_groq":{"id":"req"})") +
      piece(R"({"index":0,"delta":{},"finish_reason":"stop"})",
            R"(,"x_groq":{"id":"req","usage":{"prompt_tokens":1234,"completion_tokens":5}})") +
      kOver);
  ASSERT_EQ(s.error, "");
  EXPECT_TRUE(s.decoder->usage().reported);
  EXPECT_EQ(s.decoder->usage().input, 1234);
  auto const tail = s.decoder->tail("groq", Nano{1});
  EXPECT_NE(tail.find(R"("prompt_tokens":1234,"completion_tokens":5,"total_tokens":1239)"), std::string::npos)
      << tail;
}

TEST(LooseStream, TheUsageChunkIsCompletedToo) {
  auto const s =
      played(piece(R"({"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"})") +
             event_of(R"({"choices":[],"usage":{"prompt_tokens":16.0,"completion_tokens":2}})") + kOver);
  ASSERT_EQ(s.error, "");
  auto const tail = s.decoder->tail("local", Nano{1});
  auto const last = Chunk::parse(tail.substr(6, tail.find("\n\n") - 6));
  EXPECT_EQ(last["id"], "c");
  EXPECT_EQ(last["object"], "chat.completion.chunk");
  EXPECT_EQ(last["created"], 7);
  EXPECT_EQ(last["usage"]["prompt_tokens"].dump(), "16");
  EXPECT_EQ(last["usage"]["total_tokens"], 18);
}

TEST(LooseStream, WhatCannotBeCompletedIsAnErrorThatNamesTheMember) {
  auto const nameless = played(calls(R"({"id":"a","function":{"arguments":"{}"}})") + kEnd + kOver);
  EXPECT_NE(nameless.error.find("choices[0].delta.tool_calls[0].function.name"), std::string::npos)
      << nameless.error;
  EXPECT_NE(played(calls(R"({"id":"a"})")).error.find("choices[0].delta.tool_calls[0].function"),
            std::string::npos);
  EXPECT_NE(played(piece(R"({"index":0,"delta":{"content":7}})")).error.find("choices[0].delta.content"),
            std::string::npos);
  EXPECT_NE(played(event_of(R"({"id":"c","object":"x"})")).error.find("choices"), std::string::npos);
}

TEST(LooseStream, CallsWithoutEndDoNotFillMemory) {
  std::string wire;
  for (int i = 0; i < 1'001; ++i)
    wire += calls(R"({"id":"c)" + std::to_string(i) + R"(","function":{"name":"f","arguments":"{}"}})");
  EXPECT_NE(played(wire).error.find("too many"), std::string::npos);
}

// A cut answer looks the same: never a whole one.
TEST(LooseStream, ACallWithoutAFinishReasonIsNoAnswer) {
  auto const s = played(
      calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}})") + kOver);
  EXPECT_NE(s.error.find("[DONE] before a finish_reason"), std::string::npos);
}

TEST(LooseStream, EventsThatKeepTheConnectionOpenAreSkipped) {
  auto const hi = piece(R"({"index":0,"delta":{"content":"Hi"},"finish_reason":null})");
  auto const stop = piece(R"({"index":0,"delta":{},"finish_reason":"stop"})");
  for (auto const* ping :
       {"event: ping\ndata: {\"type\":\"ping\"}\n\n", "data: {\"type\":\"keepalive\"}\n\n", ": comment\n\n",
        "event: keep-alive\ndata: 2026-11-24T08:00:00Z\n\n", "event: ping\ndata:\n\n", "data:\n\n",
        "event: heartbeat\ndata: {}\n\n", "event: status\ndata: {\"queue\":3}\n\n", "id: 7\nretry: 10\n\n"})
    for (bool const loose : {false, true}) {
      auto context = loose_stream_context();
      context.loose = loose;
      auto const s = played(ping + hi + ping + stop + ping + kOver, context);
      EXPECT_EQ(s.error, "") << ping;
      EXPECT_EQ(s.out, hi + stop) << ping;
    }
  EXPECT_NE(played("event: error\ndata: {\"message\":\"no\"}\n\n").error, "");
  EXPECT_NE(played("event: status\ndata: {\"error\":{\"message\":\"no\"}}\n\n").error, "");
  EXPECT_NE(played("data: {broken\n\n").error, "");
}

TEST(LooseStream, AMissingTerminatorIsNoFailureOnceEveryChoiceHasEnded) {
  auto const hi = piece(R"({"index":0,"delta":{"content":"Hi"},"finish_reason":null})");
  auto const stop = piece(R"({"index":0,"delta":{},"finish_reason":"stop"})");
  auto const s = played(hi + stop);
  EXPECT_EQ(s.error, "");
  EXPECT_TRUE(s.decoder->done());
  EXPECT_EQ(s.out, hi + stop);
  auto const unterminated = played(hi + stop.substr(0, stop.size() - 2));
  EXPECT_EQ(unterminated.out, hi + stop) << "whole, but for its blank line";
  EXPECT_NE(played(hi).error, "") << "no finish reason";
  EXPECT_NE(played(hi + stop + stop.substr(0, 30)).error, "") << "an event that breaks off";
  auto two = loose_stream_context();
  two.choices = 2;
  EXPECT_NE(played(hi + stop, two).error, "") << "a choice never began";
}

}  // namespace loose_stream_test
}  // namespace tsg::providers
