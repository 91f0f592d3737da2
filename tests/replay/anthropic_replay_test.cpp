// What Anthropic really answered, through the decoder: whole, byte by byte, cut at random. What is expected
// is read from the recording by nlohmann, which shares no code with the decoder.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "replay/anthropic_twins.hpp"
#include "replay/recordings.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::replay {
namespace anthropic_replay_test {

using namespace providers;

// Other endpoints, which the gateway does not call.
std::map<std::string, std::string> const kNotReplayed{
    {"count-tokens", "another endpoint: the gateway bounds tokens itself"},
    {"models-list", "another endpoint: models come from the catalogue"}};

struct Expected {
  std::string content, reasoning, calls, stop, model, id;
  std::int64_t input = 0, cached = 0, written = 0, output = 0, thinking = 0, searches = 0;
  bool operator==(Expected const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Expected const& e) {
  return out << e.content << "|" << e.reasoning << "|" << e.calls << "|" << e.stop << "|" << e.model << "|"
             << e.id << "|" << e.input << " " << e.cached << " " << e.written << " " << e.output << " "
             << e.thinking << " " << e.searches;
}

std::int64_t number(Json const& object, std::string const& key) {
  return object.is_object() && object.contains(key) && object[key].is_number()
             ? object[key].get<std::int64_t>()
             : 0;
}
void read_usage(Expected& e, Json const& u) {
  auto const take = [&u](char const* key, std::int64_t& into) {
    if (u.contains(key) && u[key].is_number()) into = u[key];
  };
  take("input_tokens", e.input);
  take("cache_read_input_tokens", e.cached);
  take("cache_creation_input_tokens", e.written);
  take("output_tokens", e.output);
  if (u.contains("output_tokens_details")) e.thinking = number(u["output_tokens_details"], "thinking_tokens");
  if (u.contains("server_tool_use")) e.searches = number(u["server_tool_use"], "web_search_requests");
}
std::string as_call(Json const& id, Json const& name, std::string const& arguments) {
  return id.get<std::string>() + " " + name.get<std::string>() + " " + Json::parse(arguments).dump() + "\n";
}

Expected of_message(Json const& m) {
  Expected e;
  for (auto const& b : m["content"]) {
    if (b["type"] == "text") e.content += b["text"].get<std::string>();
    if (b["type"] == "thinking") e.reasoning += b["thinking"].get<std::string>();
    if (b["type"] == "tool_use") e.calls += as_call(b["id"], b["name"], b["input"].dump());
  }
  e.stop = m["stop_reason"];
  e.model = m["model"];
  e.id = m["id"];
  read_usage(e, m["usage"]);
  return e;
}

Expected of_stream(std::string const& wire) {
  Expected e;
  std::map<std::int64_t, Json> tools;
  std::map<std::int64_t, std::string> arguments;
  std::istringstream lines{wire};
  for (std::string line; std::getline(lines, line);) {
    auto const event = line.starts_with("data: ") ? Json::parse(line.substr(6), nullptr, false) : Json{};
    if (!event.is_object()) continue;
    auto const type = event["type"].get<std::string>();
    if (type == "message_start") {
      e.model = event["message"]["model"];
      e.id = event["message"]["id"];
      read_usage(e, event["message"]["usage"]);
    }
    if (type == "content_block_start" && event["content_block"]["type"] == "tool_use")
      tools[event["index"]] = event["content_block"];
    if (type == "content_block_delta") {
      auto const& d = event["delta"];
      if (d["type"] == "text_delta") e.content += d["text"].get<std::string>();
      if (d["type"] == "thinking_delta") e.reasoning += d["thinking"].get<std::string>();
      if (d["type"] == "input_json_delta") arguments[event["index"]] += d["partial_json"].get<std::string>();
    }
    if (type == "message_delta") {
      e.stop = event["delta"]["stop_reason"];
      read_usage(e, event["usage"]);
    }
  }
  for (auto const& [index, tool] : tools)
    e.calls += as_call(tool["id"], tool["name"], arguments[index].empty() ? "{}" : arguments[index]);
  return e;
}

std::string ours(std::string const& stop) {
  static std::map<std::string, std::string> const words{
      {"tool_use", "tool_calls"}, {"max_tokens", "length"}, {"refusal", "content_filter"}};
  auto const known = words.find(stop);
  return known == words.end() ? "stop" : known->second;
}

void add_usage(Expected& e, catalog::Usage const& u) {
  e.input = u.input;
  e.cached = u.cached_input;
  e.written = u.cache_write_5m + u.cache_write_1h;
  e.output = u.output_total();
  e.thinking = u.reasoning;
  e.searches = u.web_searches;
}

DecodeContext context() {
  DecodeContext c;
  c.wire = Wire::native;
  c.id = "chatcmpl-1";
  c.include_usage = true;
  return c;
}

std::string compare(Expected wanted, Expected const& got) {
  wanted.stop = ours(wanted.stop);
  std::ostringstream out;
  if (!(wanted == got)) out << "wanted " << wanted << "\n   got " << got;
  return out.str();
}

std::string check_plain(Recording const& r) {
  auto const answer = adapter_for("anthropic")->decode(r.body, context());
  if (!answer) return "refused: " + answer.error().peek()->log;
  auto const object = Json::parse(finish_answer(*answer, context(), "anthropic", Nano{1}));
  auto const& message = object["choices"][0]["message"];
  Expected e;
  if (message["content"].is_string()) e.content = message["content"];
  e.reasoning = message.value("reasoning_content", "");
  for (auto const& call : message.value("tool_calls", Json::array()))
    e.calls += as_call(call["id"], call["function"]["name"], call["function"]["arguments"]);
  e.stop = object["choices"][0]["finish_reason"];
  e.model = object["model"];
  e.id = answer->upstream_id;
  add_usage(e, answer->usage);
  if (object["content"] != e.content) return "flat content";
  if (object["usage"]["input_tokens"] != e.input + e.cached + e.written)
    return "input tokens of the flat shape";
  return compare(of_message(Json::parse(r.body)), e);
}

struct Streamed {
  std::string out, error;
  std::unique_ptr<ChatBytes> decoder;
};
Streamed streamed(std::vector<std::string> const& pieces) {
  Streamed s;
  s.decoder = chat_bytes(*adapter_for("anthropic"), context());
  for (auto const& piece : pieces)
    if (auto fed = s.decoder->feed(piece, s.out); !fed) {
      s.error = to_string(fed.error().code());
      return s;
    }
  if (auto end = s.decoder->finish(s.out); !end) s.error = to_string(end.error().code());
  return s;
}

// The answer as a client puts it together.
Expected gathered(std::string const& out) {
  Expected e;
  std::map<int, Json> calls;
  std::istringstream lines{out};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("data: {")) continue;
    auto const chunk = Json::parse(line.substr(6));
    e.model = chunk["model"];
    for (auto const& choice : chunk["choices"]) {
      auto const& d = choice["delta"];
      if (d.contains("content")) e.content += d["content"].get<std::string>();
      if (d.contains("reasoning_content")) e.reasoning += d["reasoning_content"].get<std::string>();
      for (auto const& call : d.value("tool_calls", Json::array())) {
        auto& to = calls[call["index"]];
        if (call.contains("id")) to["id"] = call["id"];
        if (call["function"].contains("name")) to["name"] = call["function"]["name"];
        to["arguments"] = to.value("arguments", "") + call["function"]["arguments"].get<std::string>();
      }
      if (choice["finish_reason"].is_string()) e.stop += choice["finish_reason"].get<std::string>();
    }
  }
  for (auto const& [index, call] : calls) e.calls += as_call(call["id"], call["name"], call["arguments"]);
  return e;
}

std::string check_stream(Recording const& r) {
  bool const must_fail = r.kind == "midstream-error" || r.kind == "truncated-stream";
  auto const whole = streamed({r.body});
  for (unsigned const seed : {0u, 1u, 2u, 3u}) {
    auto const pieces = streamed(cut(r.body, seed));
    if (pieces.out != whole.out || pieces.error != whole.error)
      return "differs when cut, seed " + std::to_string(seed);
  }
  auto const tail = whole.decoder->tail("anthropic", Nano{1});
  if (must_fail) return whole.error.empty() || !tail.empty() ? "a broken stream ended well" : "";
  if (!whole.error.empty()) return whole.error;
  if (!tail.ends_with("data: [DONE]\n\n") || whole.out.find("[DONE]") != std::string::npos)
    return "terminator";
  auto e = gathered(whole.out);
  e.id = whole.decoder->upstream_id();
  add_usage(e, whole.decoder->usage());
  return compare(of_stream(r.body), e);
}

std::string check_error(Recording const& r) {
  auto const e = adapter_for("anthropic")->decode_error(r.status, r.body, [](std::string_view) {
    return std::string_view{};
  });
  auto const message = Json::parse(r.body)["error"]["message"].get<std::string>();
  std::map<int, Errc> const codes{{401, Errc::provider_auth_failed}, {429, Errc::provider_rate_limited}};
  auto const known = codes.find(r.status);
  auto want = known != codes.end() ? known->second
              : r.status >= 500    ? Errc::provider_unavailable
                                   : Errc::provider_rejected;
  if (message.starts_with("prompt is too long")) want = Errc::context_length_exceeded;
  if (e.code() != want) return "is " + std::string{to_string(e.code())};
  if (want == Errc::provider_rejected && (e.message() != message || e.peek()->status != r.status))
    return "message or status";
  return "";
}

TEST(Replay, Anthropic) {
  auto const all = recordings("anthropic");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;  // kind -> passed, all
  for (auto const& r : all) {
    if (auto const other = kNotReplayed.find(r.kind); other != kNotReplayed.end()) {
      std::cout << "  not replayed: " << r.name << " (" << other->second << ")\n";
      continue;
    }
    auto const bad = r.kind.starts_with("error-") ? check_error(r)
                     : r.stream                   ? check_stream(r)
                                                  : check_plain(r);
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  std::cout << "anthropic: outcome per kind\n";
  for (auto const& [kind, n] : table) std::cout << "  " << kind << ": " << n.first << "/" << n.second << "\n";
}

// A recorded request's twin must encode to what was recorded; those without a twin are listed with the
// reason.
TEST(Replay, AnthropicRequests) {
  auto const all = recordings("anthropic");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  auto const loaded = catalog::Catalog::load(catalog::Catalog::built_in());
  int compared = 0;
  for (auto const& r : all) {
    if (r.request.empty() || !Json::accept(r.request) || kNotReplayed.contains(r.kind)) continue;
    auto const native = Json::parse(r.request);
    std::string twin;
    try {
      twin = AnthropicTwin::of(native).dump();
    } catch (std::string const& why) {
      std::cout << "  no twin: " << r.name << " (" << why << ")\n";
      continue;
    }
    auto const request = read_chat_request(twin, {});
    if (!request) {
      ADD_FAILURE() << r.name << ": " << request.error().message();
      continue;
    }
    EncodeContext c;
    c.upstream_model = request->model;
    c.model = loaded.catalog->find("anthropic", c.upstream_model);
    c.family = c.model ? c.model : loaded.catalog->family("anthropic", c.upstream_model);
    auto const out = adapter_for("anthropic")->encode(*request, c);
    if (!out) {
      ADD_FAILURE() << r.name << ": " << out.error().message();
      continue;
    }
    ++compared;
    auto const was = same_meaning(native), now = same_meaning(Json::parse(out->body));
    EXPECT_EQ(Json::diff(was, now).dump(), "[]") << r.name;
  }
  std::cout << "anthropic: " << compared << " recorded requests encode to what was recorded\n";
  EXPECT_GE(compared, 30);
}

}  // namespace anthropic_replay_test
}  // namespace tsg::replay
