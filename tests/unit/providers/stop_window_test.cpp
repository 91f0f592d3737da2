// `stop` on models that do not know it.
#include "providers/stop_window.hpp"

#include <random>

#include "support/chat_bytes.hpp"
#include "support/dialect_samples.hpp"
#include "unit/providers/every_dialect.hpp"

namespace tsg::providers {
namespace stop_window_test {

using every::Json;
using every::kWays;

std::string through(StopWindow window, std::vector<std::string> const& pieces) {
  std::string out;
  for (auto const& piece : pieces) out += window.feed(piece);
  return out + window.rest();
}

TEST(StopWindow, EndsBeforeTheFirstSequenceHoweverTheTextIsCut) {
  struct Row {
    std::vector<std::string> stops;
    std::string text, kept;
  };
  for (Row const& row : {Row{{"END"}, "one END two", "one "}, Row{{"END"}, "no such word", "no such word"},
                         Row{{"Observation:", "\n\n"}, "a\nObservation: b", "a\n"}, Row{{"aab"}, "aaab", "a"},
                         Row{{"abcabd"}, "abcabcabd!", "abc"}, Row{{"b", "abc"}, "xabc", "xa"},
                         Row{{"abc", "bc"}, "xabcd", "x"}, Row{{"END"}, "EN", "EN"},
                         Row{{"\xc3\xa9"}, "\xc3\xa8\xc3\xa9", "\xc3\xa8"}, Row{{"x"}, "x", ""},
                         Row{{""}, "as it is", "as it is"}}) {
    EXPECT_EQ(through(StopWindow{row.stops}, {row.text}), row.kept) << row.text;
    std::vector<std::string> bytes;
    for (char const c : row.text) bytes.emplace_back(1, c);
    EXPECT_EQ(through(StopWindow{row.stops}, bytes), row.kept) << row.text;
  }
}

// Against the plain search, over texts made to nearly match.
TEST(StopWindow, AgreesWithASearchOfTheWholeText) {
  std::mt19937 random{11};
  for (int round = 0; round < 3000; ++round) {
    auto const word = [&](unsigned most) {
      std::string out;
      for (auto n = 1 + random() % most; n > 0; --n) out += static_cast<char>('a' + random() % 2);
      return out;
    };
    std::vector<std::string> const stops{word(5), word(4)};
    auto const text = word(40);
    std::size_t best = std::string::npos, begin = text.size();
    for (auto const& stop : stops) {
      auto const at = text.find(stop);
      if (at == std::string::npos) continue;
      auto const end = at + stop.size();
      if (best == std::string::npos || end < best || (end == best && at < begin)) best = end, begin = at;
    }
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size();) {
      auto const n = 1 + random() % 6;
      pieces.push_back(text.substr(at, n));
      at += n;
    }
    ASSERT_EQ(through(StopWindow{stops}, pieces), text.substr(0, begin))
        << text << ' ' << stops[0] << ' ' << stops[1];
  }
}

TEST(StopWindow, HoldsBackNoMoreThanMayBecomeASequence) {
  StopWindow window{{"Observation:"}};
  EXPECT_EQ(window.feed("Thought: yes\nObs"), "Thought: yes\n");
  EXPECT_EQ(window.feed("cure"), "Obscure");
}

TEST(StopWindow, TooManyOrTooLongOnesAreRefusedByName) {
  EXPECT_TRUE(stops_bearable(std::vector<std::string>(16, "x")));
  EXPECT_FALSE(stops_bearable(std::vector<std::string>(17, "x")));
  EXPECT_EQ(stops_bearable({std::string(1025, 'x')}).error().peek()->param, "stop");
}

TEST(StopBridge, ModelsWithoutStopGetTheRequestAndTheGatewayWatches) {
  for (auto const& way : kWays) {
    auto const out = every::encode(way, R"({"stop":["END","\n"]})");
    ASSERT_TRUE(out) << way << ": " << out.error().message();
    bool const bridged = out->wire == Wire::responses;
    if (bridged) {
      EXPECT_EQ(out->stops, (std::vector<std::string>{"END", "\n"})) << way;
      EXPECT_EQ(out->body.find("END"), std::string::npos) << way;
    }
    if (way.dialect == "anthropic") {
      EXPECT_EQ(out->stops, std::vector<std::string>{"\n"}) << "at white space alone they cannot stop";
      EXPECT_EQ(Json::parse(out->body)["stop_sequences"], Json::array({"END"}));
    }
    EXPECT_EQ(out->adapted.empty(), out->stops.empty()) << "the record says so";
  }
  auto const many = every::encode(kWays[4], R"({"stop":["1","2","3","4","5","6","7"]})");
  ASSERT_TRUE(many);
  EXPECT_EQ(many->stops, (std::vector<std::string>{"6", "7"}));
  EXPECT_EQ(Json::parse(many->body)["generationConfig"]["stopSequences"].size(), 5u);
  EXPECT_FALSE(every::encode(kWays[6], Json{{"stop", std::vector<std::string>(17, "x")}}.dump()));
}

struct Text {
  std::string content, finish;
  int ends = 0;
  bool clean = false;
};
Text streamed(samples::Sample const& sample, std::vector<std::string> stops, std::size_t step) {
  DecodeContext c;
  c.asked_model = "m";
  c.id = "chatcmpl-1";
  c.include_usage = true;
  c.wire = sample.wire;
  c.stops = std::move(stops);
  auto decoder = chat_bytes(*adapter_for(sample.dialect), c);
  std::string out;
  Text text;
  text.clean = true;
  for (std::size_t at = 0; at < sample.stream.size(); at += step)
    text.clean &= decoder->feed(std::string_view{sample.stream}.substr(at, step), out).has_value();
  text.clean &= decoder->finish(out).has_value();
  EXPECT_TRUE(decoder->usage().reported) << "what the provider counted is billed";
  EXPECT_EQ(decoder->usage().output_total(), 3);
  for (std::size_t at = 0; (at = out.find("data: ", at)) != std::string::npos; ++at) {
    auto const chunk = Json::parse(out.substr(at + 6, out.find('\n', at) - at - 6));
    for (auto const& choice : chunk["choices"]) {
      text.content += choice["delta"].value("content", "");
      if (!choice["finish_reason"].is_null()) {
        text.finish = choice["finish_reason"];
        ++text.ends;
      }
    }
  }
  return text;
}

TEST(StopBridge, StreamsAndAnswersEndBeforeTheSequenceWithStop) {
  for (auto const& sample : {samples::anthropic(), samples::gemini(), samples::responses("xai")}) {
    SCOPED_TRACE(sample.dialect);
    auto const whole = sample.text;        // "Grüße"
    auto const stop = whole.substr(2, 4);  // between characters
    for (std::size_t const step : {1u, 7u, 100000u}) {
      auto const cut = streamed(sample, {stop}, step);
      EXPECT_TRUE(cut.clean);
      EXPECT_EQ(cut.content, whole.substr(0, 2));
      EXPECT_EQ(cut.finish, "stop");
      EXPECT_EQ(cut.ends, 1);
      EXPECT_EQ(streamed(sample, {"not there"}, step).content, whole);
      EXPECT_EQ(streamed(sample, {whole.substr(4) + "x"}, step).content, whole) << "held back, then given";
    }
    DecodeContext c;
    c.asked_model = "m";
    c.id = "chatcmpl-1";
    c.wire = sample.wire;
    c.stops.push_back(stop);
    auto const answer = adapter_for(sample.dialect)->decode(sample.whole, c);
    ASSERT_TRUE(answer);
    auto const body = Json::parse(finish_answer(*answer, c, "p", Nano{1}));
    EXPECT_EQ(body["content"], whole.substr(0, 2));
    EXPECT_EQ(body["choices"][0]["message"]["content"], whole.substr(0, 2));
    EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
    EXPECT_EQ(body["usage"]["output_tokens"], 3);
  }
}

}  // namespace stop_window_test
}  // namespace tsg::providers
