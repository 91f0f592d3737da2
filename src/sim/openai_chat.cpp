// Chat Completions: OpenAI's, and xAI's with its differences.
#include <array>

#include "fields.hpp"
#include "openai_common.hpp"
#include "xai.hpp"

namespace tsg::sim {
namespace {

constexpr std::array kChatFields{
    Field{"messages", kArray, true},
    Field{"model", kString, true},
    Field{"max_completion_tokens", kInteger | kNull},
    Field{"max_tokens", kInteger | kNull},
    Field{"temperature", kNumber | kNull},
    Field{"top_p", kNumber | kNull},
    Field{"n", kInteger | kNull},
    Field{"stop", kString | kArray | kNull},
    Field{"frequency_penalty", kNumber | kNull},
    Field{"presence_penalty", kNumber | kNull},
    Field{"logit_bias", kObject | kNull},
    Field{"logprobs", kBoolean | kNull},
    Field{"top_logprobs", kInteger | kNull},
    Field{"seed", kInteger | kNull},
    Field{"stream", kBoolean | kNull},
    Field{"stream_options", kObject | kNull},
    Field{"tools", kArray},
    Field{"tool_choice", kString | kObject},
    Field{"parallel_tool_calls", kBoolean},
    Field{"functions", kArray},
    Field{"function_call", kString | kObject},
    Field{"response_format", kObject},
    Field{"reasoning_effort", kString | kNull},
    Field{"verbosity", kString | kNull},
    Field{"modalities", kArray | kNull},
    Field{"audio", kObject | kNull},
    Field{"prediction", kObject | kNull},
    Field{"web_search_options", kObject},
    Field{"service_tier", kString | kNull},
    Field{"store", kBoolean | kNull},
    Field{"metadata", kObject | kNull},
    Field{"user", kString},
    Field{"safety_identifier", kString},
    Field{"prompt_cache_key", kString},
    Field{"prompt_cache_retention", kString | kNull},
    Field{"prompt_cache_options", kObject},
    Field{"moderation", kObject},
};

Json tool_call_json(ToolCall const& call) {
  if (call.custom)
    return {
        {"id", call.id}, {"type", "custom"}, {"custom", {{"name", call.name}, {"input", call.arguments}}}};
  return {{"id", call.id},
          {"type", "function"},
          {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

Json logprob_entry(std::string const& token, std::int64_t top) {
  Json bytes = Json::array();
  for (unsigned char c : token) bytes.push_back(c);
  Json entry{{"token", token}, {"logprob", -0.125}, {"bytes", bytes}, {"top_logprobs", Json::array()}};
  for (std::int64_t i = 0; i < top && i < 20; ++i)
    entry["top_logprobs"].push_back({{"token", i == 0 ? token : token + std::to_string(i)},
                                     {"logprob", -0.125 - static_cast<double>(i)},
                                     {"bytes", nullptr}});
  return entry;
}

Json logprobs_json(Ask const& ask, std::vector<std::string> const& pieces) {
  if (!ask.logprobs) return nullptr;
  Json content = Json::array();
  for (auto const& piece : pieces) content.push_back(logprob_entry(piece, ask.top_logprobs));
  return {{"content", content}, {"refusal", nullptr}};
}

std::string escaped(std::string_view text) {
  return dump(Json(text));
}

class OpenAiChat : public Api {
 public:
  Provider provider() const override { return Provider::openai; }
  std::string_view name() const override { return "chat"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (auto bad = check_fields(body, kChatFields, true)) return bad;
    if (!bool_or(body, "stream", false) && member(body, "stream_options").is_object())
      return Problem{ErrorKind::invalid,
                     "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                     "stream_options",
                     {},
                     -1};
    if (member(body, "tools").empty() && body.contains("parallel_tool_calls"))
      return Problem{ErrorKind::invalid,
                     "'parallel_tool_calls' is only allowed when 'tools' are specified.",
                     "parallel_tool_calls",
                     {},
                     -1};
    return read_chat_body(body, out);
  }

  Json usage(Usage const& u) const override {
    return {{"prompt_tokens", u.input},
            {"completion_tokens", u.output},
            {"total_tokens", u.input + u.output},
            {"prompt_tokens_details", prompt_details(u)},
            {"completion_tokens_details",
             {{"reasoning_tokens", u.reasoning},
              {"audio_tokens", 0},
              {"accepted_prediction_tokens", 0},
              {"rejected_prediction_tokens", 0}}}};
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    Json choices = Json::array();
    for (std::int64_t i = 0; i < ask.n; ++i) choices.push_back(choice(ask, turn, i));
    Json out{{"id", "chatcmpl-sim" + std::string(kIdMark)},
             {"object", "chat.completion"},
             {"created", kTimeMark},
             {"model", ask.model},
             {"choices", choices}};
    if (!turn.usage_missing) out["usage"] = usage(turn.reported);
    out["service_tier"] = tier(ask);
    out["system_fingerprint"] = "fp_simulator1";
    return dump(out);
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    auto const head = "data: {\"id\":\"chatcmpl-sim" + std::string(kIdMark) +
                      "\",\"object\":\"chat.completion.chunk\",\"created\":" + std::string(kTimeMarkText) +
                      ",\"model\":" + escaped(ask.model) + ",\"service_tier\":\"" + tier(ask) +
                      "\",\"system_fingerprint\":\"fp_simulator1\",\"choices\":[";
    std::string const tail = ask.include_usage ? "],\"usage\":null}\n\n" : "]}\n\n";
    auto const per_choice = turn.usage.output / ask.n;
    auto const hidden = turn.usage.reasoning / ask.n;
    for (std::int64_t i = 0; i < ask.n; ++i) {
      auto const base = i * per_choice;
      auto const start = head + "{\"index\":" + std::to_string(i) + ",\"delta\":";
      auto const rest = std::string(",\"finish_reason\":null}") + tail;
      deltas(ask, turn, start, rest, base, hidden, per_choice - hidden, out);
      out.event(start + "{},\"logprobs\":null,\"finish_reason\":\"" + std::string(chat_finish(turn.finish)) +
                    "\"}" + tail,
                base + per_choice);
    }
    if (ask.include_usage && !turn.usage_missing)
      out.event(head + "],\"usage\":" + dump(usage(turn.reported)) + "}\n\n", turn.usage.output);
    out.event("data: [DONE]\n\n", turn.usage.output);
  }

  ErrorReply error(Problem const& problem) const override { return openai_error(problem); }

  std::string error_event(Problem const& problem) const override {
    return "data: " + error(problem).body + "\n\n";
  }

 protected:
  static Json prompt_details(Usage const& u) {
    Json details{{"cached_tokens", u.cached}, {"audio_tokens", 0}};
    if (u.cache_write > 0) details["cache_write_tokens"] = u.cache_write;
    return details;
  }

  static std::string tier(Ask const& ask) {
    return ask.service_tier == "flex" || ask.service_tier == "priority" ? ask.service_tier : "default";
  }

 private:
  Json choice(Ask const& ask, Turn const& turn, std::int64_t index) const {
    Json message{
        {"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}, {"annotations", Json::array()}};
    if (turn.calls.empty()) message["content"] = turn.text();
    for (auto const& call : turn.calls) message["tool_calls"].push_back(tool_call_json(call));
    if (ask.audio && turn.calls.empty()) {
      message["content"] = nullptr;
      // Eight silent 16-bit samples: enough for a client that decodes it.
      message["audio"] = {{"id", "audio_sim" + std::string(kIdMark)},
                          {"data", "AAAAAAAAAAAAAAAAAAAAAA=="},
                          {"expires_at", kTimeMark},
                          {"transcript", turn.text()}};
    }
    return {{"index", index},
            {"message", message},
            {"logprobs", turn.calls.empty() ? logprobs_json(ask, turn.pieces) : Json(nullptr)},
            {"finish_reason", chat_finish(turn.finish)}};
  }

  void deltas(Ask const& ask, Turn const& turn, std::string const& start, std::string const& rest,
              std::int64_t base, std::int64_t hidden, std::int64_t visible, Script& out) const {
    std::string const none = ",\"logprobs\":null" + rest;
    if (turn.calls.empty()) {
      out.event(start + "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}" + none, base + hidden);
      for (std::size_t i = 0; i < turn.pieces.size(); ++i) {
        auto const& piece = turn.pieces[i];
        auto const tokens = base + tokens_at(hidden, visible, i, turn.pieces.size());
        auto const lp = ask.logprobs ? ",\"logprobs\":" + dump(logprobs_json(ask, {piece})) + rest : none;
        out.event(start + "{\"content\":" + escaped(piece) + "}" + lp, tokens);
      }
      return;
    }
    for (std::size_t i = 0; i < turn.calls.size(); ++i)
      call_deltas(turn, i, start, none, base, hidden, visible, out);
  }

  static void call_deltas(Turn const& turn, std::size_t index, std::string const& start,
                          std::string const& none, std::int64_t base, std::int64_t hidden,
                          std::int64_t visible, Script& out) {
    auto const& call = turn.calls[index];
    auto const count = turn.calls.size() * 3;
    auto const tokens = [&](std::size_t step) {
      return base + tokens_at(hidden, visible, index * 3 + step, count);
    };
    Json opened = tool_call_json(call);
    opened[call.custom ? "custom" : "function"][call.custom ? "input" : "arguments"] = "";
    Json first{{"index", index}};
    first.update(opened);
    Json delta = index == 0 ? Json{{"role", "assistant"},
                                   {"content", nullptr},
                                   {"tool_calls", Json::array({first})},
                                   {"refusal", nullptr}}
                            : Json{{"tool_calls", Json::array({first})}};
    out.event(start + dump(delta) + none, tokens(0));
    auto const half = call.arguments.size() / 2;
    for (std::size_t part = 0; part < 2; ++part) {
      auto const piece = part == 0 ? call.arguments.substr(0, half) : call.arguments.substr(half);
      Json inner =
          call.custom ? Json{{"custom", {{"input", piece}}}} : Json{{"function", {{"arguments", piece}}}};
      Json entry{{"index", index}};
      entry.update(inner);
      out.event(start + dump(Json{{"tool_calls", Json::array({entry})}}) + none, tokens(part + 1));
    }
  }
};

/// xAI's chat: bare UUIDs, no logprobs, usage without reasoning in completion_tokens, ticks, other errors.
class XaiChat final : public OpenAiChat {
 public:
  Provider provider() const override { return Provider::xai; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (body.contains("search_parameters") || body.contains("web_search_options"))
      return Problem{ErrorKind::invalid,
                     "Live search is deprecated. Please switch to the Agent Tools API: "
                     "https://docs.x.ai/docs/guides/tools/overview",
                     "410",
                     {},
                     -1};
    if (auto bad = check_fields(body, kChatFields, false)) return bad;
    if (auto const& tools = member(body, "tools"); tools.is_array() && tools.empty())
      return Problem{ErrorKind::invalid, "Tools must not be empty", "tools", {}, -1};
    if (auto bad = read_chat_body(body, out)) return bad;
    out.logprobs = false;
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    auto const visible = u.output - u.reasoning;
    return {
        {"prompt_tokens", u.input},
        {"completion_tokens", visible},
        {"total_tokens", u.input + u.output},
        {"prompt_tokens_details",
         {{"text_tokens", u.input}, {"audio_tokens", 0}, {"image_tokens", 0}, {"cached_tokens", u.cached}}},
        {"completion_tokens_details",
         {{"reasoning_tokens", u.reasoning},
          {"audio_tokens", 0},
          {"accepted_prediction_tokens", 0},
          {"rejected_prediction_tokens", 0}}},
        {"num_sources_used", 0}};
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    Json message{{"role", "assistant"}, {"content", turn.text()}};
    if (!turn.reasoning_text.empty()) message["reasoning_content"] = turn.reasoning_text;
    message["refusal"] = nullptr;
    for (auto const& call : turn.calls) message["tool_calls"].push_back(tool_call_json(call));
    Json choices = Json::array();
    for (std::int64_t i = 0; i < ask.n; ++i)
      choices.push_back({{"index", i}, {"message", message}, {"finish_reason", chat_finish(turn.finish)}});
    Json out{{"id", xai_id()},
             {"object", "chat.completion"},
             {"created", kTimeMark},
             {"model", ask.model},
             {"choices", choices}};
    if (!turn.usage_missing) out["usage"] = priced(turn);
    out["system_fingerprint"] = "fp_simulator1";
    return dump(out);
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    auto const per_choice = turn.usage.output / ask.n;
    auto const hidden = turn.usage.reasoning / ask.n;
    for (std::int64_t i = 0; i < ask.n; ++i) {
      auto const tokens = [&](std::size_t k, std::size_t count) {
        return i * per_choice + tokens_at(hidden, per_choice - hidden, k, count);
      };
      if (!turn.reasoning_text.empty())
        out.event(chunk(ask, i, {{"reasoning_content", turn.reasoning_text}, {"role", "assistant"}}, ""),
                  i * per_choice + hidden);
      for (std::size_t k = 0; k < turn.pieces.size(); ++k)
        out.event(chunk(ask, i, {{"content", turn.pieces[k]}, {"role", "assistant"}}, ""),
                  tokens(k, turn.pieces.size()));
      for (std::size_t k = 0; k < turn.calls.size(); ++k) {
        Json call = tool_call_json(turn.calls[k]);
        call["index"] = k;
        out.event(chunk(ask, i, {{"role", "assistant"}, {"tool_calls", Json::array({call})}}, ""),
                  tokens(k, turn.calls.size()));
      }
      out.event(chunk(ask, i, Json::object(), chat_finish(turn.finish)), (i + 1) * per_choice);
    }
    if (!turn.usage_missing) {
      Json last = envelope(ask);
      last["choices"] = Json::array();
      last["usage"] = priced(turn);
      out.event(data_event(last), turn.usage.output);
    }
    out.event("data: [DONE]\n\n", turn.usage.output);
  }

  ErrorReply error(Problem const& problem) const override { return xai_error(problem); }

 private:
  static Json envelope(Ask const& ask) {
    return {{"id", xai_id()},           {"object", "chat.completion.chunk"},
            {"created", kTimeMark},     {"model", ask.model},
            {"choices", Json::array()}, {"system_fingerprint", "fp_simulator1"}};
  }
  static std::string chunk(Ask const& ask, std::int64_t index, Json delta, std::string_view finish) {
    Json out = envelope(ask);
    Json choice{{"index", index}, {"delta", std::move(delta)}};
    if (!finish.empty()) choice["finish_reason"] = finish;  // absent until then, as the real one
    out["choices"].push_back(choice);
    return data_event(out);
  }
  Json priced(Turn const& turn) const {
    Json out = usage(turn.reported);
    add_ticks(out, turn);
    return out;
  }
};

}  // namespace

Api const& openai_chat() {
  static OpenAiChat const api;
  return api;
}

Api const& xai_chat() {
  static XaiChat const api;
  return api;
}

}  // namespace tsg::sim
