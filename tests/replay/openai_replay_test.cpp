// What OpenAI really answered, through the decoder: whole, byte by byte, cut at random. What is expected is
// read from the recording by nlohmann, which shares no code with the decoder.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "replay/recordings.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::replay {
namespace openai_replay_test {

using Json = nlohmann::json;
using namespace providers;

std::string text(Json const& j) {
  return j.is_string() ? j.get<std::string>() : "";
}
std::int64_t number(Json const& object, std::string const& key) {
  return object.is_object() && object.contains(key) && object[key].is_number()
             ? object[key].get<std::int64_t>()
             : 0;
}
std::vector<Json> events(std::string const& wire) {
  std::vector<Json> out;
  std::istringstream lines{wire};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("data: {")) out.push_back(Json::parse(line.substr(6), nullptr, false));
  return out;
}

// The answer as a client puts it together.
struct Gathered {
  std::string content, refusal, model;
  std::map<std::int64_t, std::string> ends;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> calls;  // id|name|arguments
  Json usage;
  bool operator==(Gathered const&) const = default;
};
Gathered gather(std::string const& wire) {
  Gathered g;
  for (auto const& e : events(wire)) {
    if (!e.is_object() || !e.contains("choices")) continue;
    g.model = e.value("model", "");
    if (e.contains("usage") && e["usage"].is_object()) g.usage = e["usage"];
    for (auto const& c : e["choices"]) {
      auto const index = c.value("index", 0);
      auto const& d = c["delta"];
      g.content += text(d.value("content", Json{}));
      g.refusal += text(d.value("refusal", Json{}));
      if (d.contains("tool_calls"))
        for (auto const& call : d["tool_calls"]) {
          auto& to = g.calls[{index, call.value("index", 0)}];
          to += call.value("id", "") + "|";
          if (call.contains("function"))
            to += call["function"].value("name", "") + call["function"].value("arguments", "");
        }
      if (auto const end = text(c.value("finish_reason", Json{})); !end.empty()) g.ends[index] += end;
    }
  }
  return g;
}

std::string check_usage(catalog::Usage const& u, Json const& usage) {
  if (!usage.is_object()) return u.reported ? "usage out of nothing" : "";
  if (!u.reported) return "usage not read";
  if (u.input_total() != number(usage, "prompt_tokens")) return "input tokens";
  if (u.output_total() != number(usage, "completion_tokens")) return "output tokens";
  if (u.cached_input != number(usage.value("prompt_tokens_details", Json{}), "cached_tokens"))
    return "cached tokens";
  if (u.input_audio != number(usage.value("prompt_tokens_details", Json{}), "audio_tokens"))
    return "audio tokens";
  if (u.reasoning != number(usage.value("completion_tokens_details", Json{}), "reasoning_tokens"))
    return "reasoning tokens";
  return "";
}

DecodeContext context(Operation operation, bool include_usage) {
  DecodeContext c;
  c.operation = operation;
  c.include_usage = include_usage;
  return c;
}

std::string check_plain(Recording const& r, Operation operation) {
  auto const answer = adapter_for("openai")->decode(r.body, context(operation, false));
  if (!answer) return "refused: " + answer.error().peek()->log;
  auto const was = Json::parse(r.body);
  auto now = Json::parse(finish_answer(*answer, context(operation, false), "openai", Nano{1}));
  if (now["provider"] != "openai") return "provider";
  if (operation == Operation::chat) {
    auto const& message = was["choices"][0]["message"];
    if (now["content"] != text(message.value("content", Json{}))) return "content";
    if (now["choices"][0]["finish_reason"] != was["choices"][0]["finish_reason"]) return "finish_reason";
    if (answer->upstream_id != was["id"]) return "id";
  }
  if (answer->model != was["model"]) return "model";
  if (auto const bad = check_usage(answer->usage, was.value("usage", Json{})); !bad.empty()) return bad;
  // Without our members nothing but the provider's answer is left.
  now.erase("content");
  now.erase("provider");
  for (auto const* key : {"input_tokens", "output_tokens", "cost_usd"}) now["usage"].erase(key);
  return now == was ? "" : "other members changed";
}

struct Streamed {
  std::string out, error;
  std::unique_ptr<ChatBytes> decoder;
};
Streamed streamed(std::vector<std::string> const& pieces, bool include_usage) {
  Streamed s;
  s.decoder = chat_bytes(*adapter_for("openai"), context(Operation::chat, include_usage));
  for (auto const& piece : pieces)
    if (auto fed = s.decoder->feed(piece, s.out); !fed) {
      s.error = to_string(fed.error().code());
      return s;
    }
  if (auto end = s.decoder->finish(s.out); !end) s.error = to_string(end.error().code());
  return s;
}

std::string check_stream(Recording const& r) {
  bool const must_fail = r.kind == "chat-midstream-error" || r.kind == "chat-truncated-stream";
  for (bool const asked : {false, true}) {
    auto const whole = streamed({r.body}, asked);
    for (unsigned const seed : {0u, 1u, 2u, 3u}) {
      auto const pieces = streamed(cut(r.body, seed), asked);
      if (pieces.out != whole.out || pieces.error != whole.error)
        return "differs when cut, seed " + std::to_string(seed);
    }
    if (must_fail != !whole.error.empty()) return must_fail ? "a broken stream ended well" : whole.error;
    if (must_fail) {
      if (whole.decoder->done() || !whole.decoder->tail("openai", {}).empty()) return "an end after an error";
      continue;
    }
    auto const tail = whole.decoder->tail("openai", Nano{1});
    auto was = gather(r.body), now = gather(whole.out + tail);
    if (auto const bad = check_usage(whole.decoder->usage(), was.usage); !bad.empty()) return bad;
    if (whole.out.find("[DONE]") != std::string::npos || !tail.ends_with("data: [DONE]\n\n"))
      return "terminator";
    if (!asked && (whole.out + tail).find("\"usage\"") != std::string::npos) return "usage nobody asked for";
    if (asked && was.usage.is_object()) {
      if (now.usage["cost_usd"] != 1e-9) return "cost";
      for (auto const* key : {"input_tokens", "output_tokens", "cost_usd"}) now.usage.erase(key);
    } else {
      was.usage = now.usage = Json{};
    }
    if (!(was == now)) return "the client would put together another answer";
    if (now.ends.empty() || std::ranges::any_of(now.ends, [](auto const& e) { return e.second.empty(); }))
      return "no finish_reason";
    // `r.body` without usage, [DONE] and foreign members, byte for byte: each of our events is part of it.
    if (asked && r.body.find("\"provider\"") == std::string::npos) {
      std::istringstream lines{whole.out};
      for (std::string line; std::getline(lines, line);)
        if (r.body.find(line) == std::string::npos) return "bytes of an event changed";
    }
    if (whole.decoder->content_started() !=
        !(now.content.empty() && now.refusal.empty() && now.calls.empty()))
      return "content_started";
  }
  return "";
}

std::string check_error(Recording const& r) {
  auto const& headers = r.meta["response_headers"];
  std::string value;
  auto const e = adapter_for("openai")->decode_error(r.status, r.body, [&](std::string_view name) {
    value = headers.value(std::string{name}, "");
    return std::string_view{value};
  });
  auto const body = Json::parse(r.body)["error"];
  Errc want = r.status == 401   ? Errc::provider_auth_failed
              : r.status == 429 ? Errc::provider_rate_limited
              : r.status >= 500 ? Errc::provider_unavailable
                                : Errc::provider_rejected;
  if (body["code"] == "context_length_exceeded") want = Errc::context_length_exceeded;
  if (e.code() != want) return "is " + std::string{to_string(e.code())};
  if (r.status == 429 && e.peek()->retry_after != std::chrono::milliseconds{644}) return "retry hint lost";
  if (want == Errc::provider_rejected && (e.message() != body["message"] || e.peek()->status != r.status))
    return "message or status";
  if (r.status == 401 && e.peek()->log.find("test-con") != std::string::npos) return "the key is in the log";
  return "";
}

// What was asked goes out as it was, but for usage on streams.
std::string check_request(Recording const& r, Operation operation) {
  if (r.request.empty() || !Json::accept(r.request)) return "";
  auto const request = operation == Operation::chat ? read_chat_request(r.request, {})
                                                    : read_embeddings_request(r.request, {});
  if (!request) return "request refused: " + std::string{request.error().message()};
  EncodeContext c;
  c.upstream_model = request->model;
  auto const out = adapter_for("openai")->encode(*request, c);
  if (!out) return "encode: " + std::string{out.error().message()};
  auto was = Json::parse(r.request);
  if (request->stream)
    was["stream_options"]["include_usage"] = true;
  else if (!was.contains("max_tokens") && out->body != r.request)
    return "bytes of the request changed";
  auto now = Json::parse(out->body);
  for (auto* side : {&was, &now})
    if (side->contains("max_tokens")) {  // reasoning models take it under its new name
      (*side)["max_completion_tokens"] = (*side)["max_tokens"];
      side->erase("max_tokens");
    }
  return was == now ? "" : "request changed";
}

TEST(Replay, OpenAi) {
  auto const all = recordings("openai");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;  // kind -> passed, all
  for (auto const& r : all) {
    bool const embeddings = r.kind == "embeddings", error = r.kind.starts_with("error-");
    if (!embeddings && !error && !r.kind.starts_with("chat-")) continue;  // other endpoints
    auto const operation = embeddings ? Operation::embeddings : Operation::chat;
    auto bad = error ? check_error(r) : r.stream ? check_stream(r) : check_plain(r, operation);
    if (bad.empty() && !error) bad = check_request(r, operation);
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  std::cout << "openai: outcome per kind\n";
  for (auto const& [kind, n] : table) std::cout << "  " << kind << ": " << n.first << "/" << n.second << "\n";
}

}  // namespace openai_replay_test
}  // namespace tsg::replay
