// What Gemini really answered, through the decoder: whole, byte by byte, cut at random. What is expected is
// read from the recording by nlohmann, which shares no code with the decoder.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "replay/recordings.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::replay {
namespace gemini_replay_test {

using Json = nlohmann::json;
using namespace providers;

ProviderAdapter const& gemini() {
  return *adapter_for("gemini");
}

// An answer, however it came: what a client would put together.
struct Gathered {
  std::string content, reasoning, finish, model;
  std::vector<std::pair<std::string, Json>> calls;  // name, arguments
  std::size_t signatures = 0, citations = 0;
  bool operator==(Gathered const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Gathered const& g) {
  out << g.content << "|" << g.reasoning << "|" << g.finish << "|" << g.model << "|";
  for (auto const& [name, arguments] : g.calls) out << name << arguments;
  return out << "|" << g.signatures << "|" << g.citations;
}

std::int64_t number(Json const& object, std::string const& key) {
  return object.is_object() ? object.value(key, std::int64_t{0}) : 0;
}
std::string text(Json const& j) {
  return j.is_string() ? j.get<std::string>() : "";
}

// By the wire reference, §2.7 and §3.4.
std::string finish_of(std::string const& reason, bool called) {
  if (reason == "MAX_TOKENS") return "length";
  if (reason == "STOP") return called ? "tool_calls" : "stop";
  return "content_filter";
}

std::size_t citations_in(Json const& grounding) {
  std::size_t n = 0;
  auto const chunks = grounding.value("groundingChunks", Json::array());
  for (auto const& support : grounding.value("groundingSupports", Json::array()))
    for (auto const& i : support.value("groundingChunkIndices", Json::array()))
      n += chunks[i.get<std::size_t>()].contains("web");
  return n;
}

struct Expected {
  Gathered answer;
  Json usage;
};
Expected expected(std::vector<Json> const& records) {
  Expected e;
  auto& g = e.answer;
  std::string reason;
  for (auto const& record : records) {
    if (record.contains("usageMetadata")) e.usage = record["usageMetadata"];
    if (g.model.empty()) g.model = record.value("modelVersion", "");
    if (record.contains("promptFeedback")) reason = record["promptFeedback"].value("blockReason", reason);
    for (auto const& candidate : record.value("candidates", Json::array())) {
      reason = candidate.value("finishReason", reason);
      if (candidate.contains("groundingMetadata")) g.citations = citations_in(candidate["groundingMetadata"]);
      for (auto const& part : candidate.value("content", Json::object()).value("parts", Json::array())) {
        if (part.contains("functionCall"))
          g.calls.emplace_back(part["functionCall"]["name"],
                               part["functionCall"].value("args", Json::object()));
        else if (part.value("thought", false))
          g.reasoning += part.value("text", "");
        else
          g.content += part.value("text", "");
        bool const ours = part.contains("functionCall") || part.contains("text");
        g.signatures += ours && part.contains("thoughtSignature");
      }
    }
  }
  g.finish = finish_of(reason, !g.calls.empty());
  return e;
}

void add_message(Gathered& g, Json const& m) {
  g.content += text(m.value("content", Json{}));
  g.reasoning += text(m.value("reasoning_content", Json{}));
  g.signatures += m.contains("extra_content");
  g.citations += m.value("annotations", Json::array()).size();
  for (auto const& call : m.value("tool_calls", Json::array())) {
    g.calls.emplace_back(call["function"]["name"], Json::parse(text(call["function"]["arguments"])));
    g.signatures += call.contains("extra_content");
    auto const id = text(call["id"]);
    EXPECT_TRUE(!id.empty() && id.size() <= 40) << id;
  }
}

std::string check_usage(catalog::Usage const& u, Json const& m) {
  if (!u.reported) return "usage not read";
  auto const prompt = number(m, "promptTokenCount"), tools = number(m, "toolUsePromptTokenCount");
  if (u.input_total() != prompt + tools) return "input tokens";
  if (u.output_total() != number(m, "candidatesTokenCount") + number(m, "thoughtsTokenCount"))
    return "output tokens";
  if (u.input_total() + u.output_total() != number(m, "totalTokenCount")) return "total";
  if (u.cached_input + u.cached_input_audio != number(m, "cachedContentTokenCount")) return "cached tokens";
  if (u.reasoning != number(m, "thoughtsTokenCount")) return "reasoning tokens";
  for (auto const& detail : m.value("promptTokensDetails", Json::array())) {
    if (detail["modality"] == "AUDIO" && u.input_audio != number(detail, "tokenCount")) return "audio tokens";
    if (detail["modality"] == "IMAGE" && u.input_image != number(detail, "tokenCount")) return "image tokens";
  }
  return "";
}

DecodeContext context(Operation operation = Operation::chat) {
  DecodeContext c;
  c.operation = operation;
  c.id = "chatcmpl-019ab000-0000-7000-8000-0123456789ab";
  c.asked_model = "asked";
  c.include_usage = true;
  return c;
}

std::string differs(Gathered const& now, Gathered const& was) {
  std::ostringstream out;
  if (!(now == was)) out << "is " << now << "\nnot " << was;
  return out.str();
}

std::string check_plain(Recording const& r) {
  auto const answer = gemini().decode(r.body, context());
  if (r.kind == "malformed-function-call")
    return !answer && answer.error().peek()->billed ? "" : "a failure of the model passed for an answer";
  if (!answer) return "refused: " + answer.error().peek()->log;
  auto const was = expected({Json::parse(r.body)});
  auto const body = Json::parse(finish_answer(*answer, context(), "gemini", Nano{1}));
  Gathered now;
  add_message(now, body["choices"][0]["message"]);
  now.finish = body["choices"][0]["finish_reason"];
  now.model = body["model"];
  if (auto bad = differs(now, was.answer); !bad.empty()) return bad;
  if (body["content"] != was.answer.content) return "flat content";
  std::size_t signed_calls = 0;
  for (auto const& call : body["choices"][0]["message"].value("tool_calls", Json::array()))
    signed_calls += call.contains("extra_content");
  if (answer->memos.size() != signed_calls) return "memos";
  return check_usage(answer->usage, was.usage);
}

struct Streamed {
  std::string out, error;
  std::unique_ptr<ChatBytes> decoder;
};
Streamed streamed(std::vector<std::string> const& pieces) {
  Streamed s;
  s.decoder = chat_bytes(gemini(), context());
  for (auto const& piece : pieces)
    if (auto fed = s.decoder->feed(piece, s.out); !fed) {
      s.error = to_string(fed.error().code());
      return s;
    }
  if (auto end = s.decoder->finish(s.out); !end) s.error = to_string(end.error().code());
  return s;
}

std::vector<Json> events(std::string const& wire) {
  std::vector<Json> out;
  std::istringstream lines{wire};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("data: {")) out.push_back(Json::parse(line.substr(6)));
  return out;
}

std::string check_stream(std::string const& kind, std::string const& wire, std::vector<Json> const& records) {
  auto const whole = streamed({wire});
  for (unsigned const seed : {0u, 1u, 2u, 3u}) {
    auto const pieces = streamed(cut(wire, seed));
    if (pieces.out != whole.out || pieces.error != whole.error)
      return "differs when cut, seed " + std::to_string(seed);
  }
  if (kind == "midstream-error") {
    bool const ends = whole.decoder->done() || whole.out.find("finish_reason\":\"") != std::string::npos;
    return whole.error == "provider_unavailable" && !ends ? "" : "an end after an error";
  }
  if (!whole.error.empty()) return whole.error;
  auto const was = expected(records);
  Gathered now;
  for (auto const& e : events(whole.out)) {
    now.model = e["model"];
    for (auto const& c : e["choices"]) {
      add_message(now, c["delta"]);
      now.finish += text(c["finish_reason"]);
    }
  }
  if (auto bad = differs(now, was.answer); !bad.empty()) return bad;
  auto const tail = whole.decoder->tail("gemini", Nano{1});
  auto const last = events(tail);
  if (last.size() != 1 || last[0]["usage"]["cost_usd"] != 1e-9 || !tail.ends_with("data: [DONE]\n\n"))
    return "tail";
  return check_usage(whole.decoder->usage(), was.usage);
}

// Asked without `alt=sse` the records came as one array; the gateway always asks with it.
std::string as_events(Json const& records) {
  std::string out;
  for (auto const& record : records) out += "data: " + record.dump() + "\r\n\r\n";
  return out;
}

std::string check_embeddings(Recording const& r) {
  auto const was = Json::parse(r.body);
  for (bool const base64 : {false, true}) {
    auto c = context(Operation::embeddings);
    c.base64_embeddings = base64;
    auto const answer = gemini().decode(r.body, c);
    if (!answer) return "refused: " + answer.error().peek()->log;
    auto const now = Json::parse(finish_answer(*answer, c, "gemini", Nano{1}));
    if (now["data"].size() != was["embeddings"].size()) return "count";
    auto const& values = was["embeddings"][0]["values"];
    if (!base64 && now["data"][0]["embedding"] != values) return "values";
    if (base64 && text(now["data"][0]["embedding"]).size() != (values.size() * 4 + 2) / 3 * 4)
      return "packed size";
    if (answer->usage.reported != was.contains("usageMetadata")) return "usage";
    if (was.contains("usageMetadata") &&
        answer->usage.input_total() != was["usageMetadata"]["promptTokenCount"])
      return "tokens";
  }
  return "";
}

std::string check_error(Recording const& r) {
  auto const e = gemini().decode_error(r.status, r.body, [](std::string_view) { return std::string_view{}; });
  auto const body = Json::parse(r.body)["error"];
  bool const bad_key = r.body.find("API_KEY_INVALID") != std::string::npos;
  Errc const want = bad_key || r.status == 403 ? Errc::provider_auth_failed
                    : r.status == 429          ? Errc::provider_rate_limited
                    : r.status >= 500          ? Errc::provider_unavailable
                                               : Errc::provider_rejected;
  if (e.code() != want) return "is " + std::string{to_string(e.code())};
  if (r.status == 429 && e.peek()->retry_after != std::chrono::milliseconds{34'400}) return "retry hint lost";
  if (want == Errc::provider_rejected && (e.message() != body["message"] || e.peek()->status != r.status))
    return "message or status";
  if (want == Errc::provider_auth_failed && !e.message().empty()) return "the client reads about our key";
  return "";
}

std::string check(Recording const& r) {
  if (r.kind.starts_with("error-")) return check_error(r);
  if (r.kind == "embeddings") return check_embeddings(r);
  if (r.stream) return check_stream(r.kind, r.body, events(r.body));
  auto const body = Json::parse(r.body);
  return body.is_array() ? check_stream(r.kind, as_events(body), body) : check_plain(r);
}

TEST(Replay, Gemini) {
  auto const all = recordings("gemini");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;  // kind -> passed, all
  for (auto const& r : all) {
    if (r.kind == "count-tokens") continue;  // an endpoint that the gateway never calls
    auto const bad = check(r);
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  std::cout << "gemini: outcome per kind\n";
  for (auto const& [kind, n] : table) std::cout << "  " << kind << ": " << n.first << "/" << n.second << "\n";
  std::cout << "  count-tokens: not replayed, the gateway never calls countTokens\n";
}

}  // namespace gemini_replay_test
}  // namespace tsg::replay
