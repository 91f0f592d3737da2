// The Responses API: OpenAI's, and xAI's with its differences.
#include <array>

#include "fields.hpp"
#include "openai_common.hpp"
#include "responses_items.hpp"
#include "xai.hpp"

namespace tsg::sim {
namespace {

constexpr std::array kResponsesFields{
    Field{"model", kString, true},
    Field{"input", kString | kArray, true},
    Field{"instructions", kString | kNull},
    Field{"max_output_tokens", kInteger | kNull},
    Field{"max_tool_calls", kInteger | kNull},
    Field{"tools", kArray},
    Field{"tool_choice", kString | kObject},
    Field{"parallel_tool_calls", kBoolean | kNull},
    Field{"reasoning", kObject | kNull},
    Field{"text", kObject},
    Field{"include", kArray | kNull},
    Field{"store", kBoolean | kNull},
    Field{"previous_response_id", kString | kNull},
    Field{"conversation", kString | kObject | kNull},
    Field{"background", kBoolean | kNull},
    Field{"stream", kBoolean | kNull},
    Field{"stream_options", kObject | kNull},
    Field{"temperature", kNumber | kNull},
    Field{"top_p", kNumber | kNull},
    Field{"top_logprobs", kInteger | kNull},
    Field{"truncation", kString | kNull},
    Field{"context_management", kArray | kNull},
    Field{"prompt", kObject | kNull},
    Field{"metadata", kObject | kNull},
    Field{"user", kString},
    Field{"safety_identifier", kString},
    Field{"prompt_cache_key", kString},
    Field{"prompt_cache_options", kObject},
    Field{"prompt_cache_retention", kString | kNull},
    Field{"service_tier", kString | kNull},
    Field{"moderation", kObject},
};

class Responses final : public Api {
 public:
  explicit Responses(Provider provider) : provider_(provider) {}
  Provider provider() const override { return provider_; }
  std::string_view name() const override { return "responses"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    bool const xai = provider_ == Provider::xai;
    if (auto bad = check_fields(body, kResponsesFields, !xai)) return bad;
    if (auto const limit = member(body, "max_output_tokens"); !xai && limit.is_number_integer() && limit < 16)
      return Problem{
          ErrorKind::invalid,
          "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got " +
              dump(limit) + " instead.",
          "max_output_tokens",
          {},
          -1};
    if (auto const& tools = member(body, "tools"); xai && tools.is_array() && tools.empty())
      return Problem{ErrorKind::invalid, "Tools must not be empty", "tools", {}, -1};
    return read_responses_body(body, out);
  }

  Json usage(Usage const& u) const override {
    Json details{{"cached_tokens", u.cached}};
    if (provider_ == Provider::openai) details["cache_write_tokens"] = u.cache_write;
    Json out{{"input_tokens", u.input},
             {"input_tokens_details", details},
             {"output_tokens", u.output},
             {"output_tokens_details", {{"reasoning_tokens", u.reasoning}}},
             {"total_tokens", u.input + u.output}};
    if (provider_ == Provider::xai) {
      out["num_sources_used"] = 0;
      out["num_server_side_tools_used"] = u.searches;
      if (u.searches > 0)
        out["server_side_tool_usage_details"] = {{"web_search_calls", u.searches}, {"x_search_calls", 0}};
    }
    return out;
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    return dump(response(ask, turn, responses_status(turn.finish), true));
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    EventWriter events(out, true);
    events.send("response.created", {{"response", response(ask, turn, "in_progress", false)}}, 0);
    events.send("response.in_progress", {{"response", response(ask, turn, "in_progress", false)}}, 0);
    auto const hidden = turn.usage.reasoning;
    std::size_t index = 0;
    if (hidden > 0) stream_reasoning(turn, index++, events);
    for (std::int64_t i = 0; i < turn.usage.searches; ++i) stream_search(i, index++, hidden, events);
    if (turn.calls.empty()) stream_text(turn, index, events);
    for (std::size_t i = 0; i < turn.calls.size(); ++i) stream_call(turn, i, index++, events);
    auto const status = responses_status(turn.finish);
    events.send("response." + std::string(status), {{"response", response(ask, turn, status, true)}},
                turn.usage.output);
  }

  ErrorReply error(Problem const& problem) const override {
    if (provider_ == Provider::xai) return xai_error(problem);
    auto reply = openai_error(problem);
    return reply;
  }

  std::string error_event(Problem const& problem) const override {
    auto const inner = Json::parse(openai_error(problem).body)["error"];
    auto const message = inner["message"];
    Script script;
    EventWriter events(script, true);
    if (provider_ == Provider::xai) {
      events.send("error", {{"code", "server_error"}, {"message", message}, {"param", nullptr}}, 0);
      return script.wire;
    }
    events.send("error", {{"error", inner}}, 0);
    events.send("response.failed",
                {{"response",
                  {{"id", id()},
                   {"object", "response"},
                   {"status", "failed"},
                   {"error", {{"code", inner["code"]}, {"message", message}}}}}},
                0);
    return script.wire;
  }

 private:
  std::string id() const { return provider_ == Provider::xai ? xai_id() : "resp_sim" + std::string(kIdMark); }
  static std::string item_id(char const* prefix, std::size_t index) {
    return prefix + std::string("_sim") + std::string(kIdMark) + std::to_string(index);
  }

  static Json reasoning_item(Turn const& turn, std::size_t index) {
    Json item{{"id", item_id("rs", index)}, {"type", "reasoning"}, {"summary", Json::array()}};
    if (!turn.reasoning_text.empty())
      item["summary"].push_back({{"type", "summary_text"}, {"text", turn.reasoning_text}});
    return item;
  }
  static Json search_item(std::size_t index) {
    return {{"id", item_id("ws", index)},
            {"type", "web_search_call"},
            {"status", "completed"},
            {"action", {{"type", "search"}, {"query", "sim"}}}};
  }
  static Json text_part(std::string const& text) {
    return {
        {"type", "output_text"}, {"annotations", Json::array()}, {"logprobs", Json::array()}, {"text", text}};
  }
  static Json message_item(Turn const& turn, std::size_t index) {
    return {{"id", item_id("msg", index)},
            {"type", "message"},
            {"status", turn.finish == Finish::stop ? "completed" : "incomplete"},
            {"content", Json::array({text_part(turn.text())})},
            {"role", "assistant"}};
  }
  static Json call_item(ToolCall const& call, std::size_t index, bool done) {
    auto const arguments = done ? call.arguments : std::string();
    auto const status = done ? "completed" : "in_progress";
    if (call.custom)
      return {{"id", item_id("ctc", index)}, {"type", "custom_tool_call"}, {"status", status},
              {"input", arguments},          {"call_id", call.id},         {"name", call.name}};
    return {{"id", item_id("fc", index)}, {"type", "function_call"}, {"status", status},
            {"arguments", arguments},     {"call_id", call.id},      {"name", call.name}};
  }

  static Json output(Turn const& turn) {
    Json items = Json::array();
    if (turn.usage.reasoning > 0) items.push_back(reasoning_item(turn, items.size()));
    for (std::int64_t i = 0; i < turn.usage.searches; ++i) items.push_back(search_item(items.size()));
    if (turn.calls.empty()) items.push_back(message_item(turn, items.size()));
    for (auto const& call : turn.calls) items.push_back(call_item(call, items.size(), true));
    return items;
  }

  Json response(Ask const& ask, Turn const& turn, std::string_view status, bool done) const {
    Json out{{"id", id()},
             {"object", "response"},
             {"created_at", kTimeMark},
             {"completed_at", done ? Json(kTimeMark) : Json(nullptr)},
             {"status", status},
             {"error", nullptr}};
    out["incomplete_details"] = done ? incomplete_details(turn.finish) : Json(nullptr);
    out["output"] = done ? output(turn) : Json::array();
    out.update(responses_echo(ask));
    out["usage"] = nullptr;
    if (done && !turn.usage_missing) {
      out["usage"] = usage(turn.reported);
      if (provider_ == Provider::xai) add_ticks(out["usage"], turn);
    }
    return out;
  }

  static void stream_reasoning(Turn const& turn, std::size_t index, EventWriter& events) {
    auto const tokens = turn.usage.reasoning;
    auto item = reasoning_item(turn, index);
    Json opened = item;
    opened["summary"] = Json::array();
    events.send("response.output_item.added", {{"output_index", index}, {"item", opened}}, tokens);
    if (!turn.reasoning_text.empty()) {
      Json const place{{"item_id", item["id"]}, {"output_index", index}, {"summary_index", 0}};
      auto const with = [&](char const* name, Json value) {
        Json out = place;
        out[name] = std::move(value);
        return out;
      };
      events.send("response.reasoning_summary_part.added",
                  with("part", {{"type", "summary_text"}, {"text", ""}}), tokens);
      events.send("response.reasoning_summary_text.delta", with("delta", turn.reasoning_text), tokens);
      events.send("response.reasoning_summary_text.done", with("text", turn.reasoning_text), tokens);
      events.send("response.reasoning_summary_part.done", with("part", item["summary"][0]), tokens);
    }
    events.send("response.output_item.done", {{"output_index", index}, {"item", item}}, tokens);
  }

  static void stream_search(std::int64_t, std::size_t index, std::int64_t tokens, EventWriter& events) {
    auto const item = search_item(index);
    events.send("response.output_item.added",
                {{"output_index", index},
                 {"item", {{"id", item["id"]}, {"type", "web_search_call"}, {"status", "in_progress"}}}},
                tokens);
    events.send("response.web_search_call.completed", {{"item_id", item["id"]}, {"output_index", index}},
                tokens);
    events.send("response.output_item.done", {{"output_index", index}, {"item", item}}, tokens);
  }

  static void stream_text(Turn const& turn, std::size_t index, EventWriter& events) {
    auto const hidden = turn.usage.reasoning;
    auto const total = turn.usage.output;
    auto const item = message_item(turn, index);
    Json const place{{"item_id", item["id"]}, {"output_index", index}, {"content_index", 0}};
    auto const with = [&](Json const& more) {
      Json out = place;
      out.update(more);
      return out;
    };
    Json opened = item;
    opened["status"] = "in_progress";
    opened["content"] = Json::array();
    events.send("response.output_item.added", {{"output_index", index}, {"item", opened}}, hidden);
    events.send("response.content_part.added", with({{"part", text_part("")}}), hidden);
    for (std::size_t i = 0; i < turn.pieces.size(); ++i)
      events.send("response.output_text.delta",
                  with({{"delta", turn.pieces[i]}, {"logprobs", Json::array()}}),
                  tokens_at(hidden, total - hidden, i, turn.pieces.size()));
    events.send("response.output_text.done", with({{"text", turn.text()}, {"logprobs", Json::array()}}),
                total);
    events.send("response.content_part.done", with({{"part", text_part(turn.text())}}), total);
    events.send("response.output_item.done", {{"output_index", index}, {"item", item}}, total);
  }

  static void stream_call(Turn const& turn, std::size_t number, std::size_t index, EventWriter& events) {
    auto const& call = turn.calls[number];
    auto const hidden = turn.usage.reasoning;
    auto const at = [&](std::size_t step) {
      return tokens_at(hidden, turn.usage.output - hidden, number * 2 + step, turn.calls.size() * 2);
    };
    auto const done = call_item(call, index, true);
    std::string const kind =
        call.custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
    Json const place{{"item_id", done["id"]}, {"output_index", index}};
    Json delta = place;
    delta["delta"] = call.arguments;
    Json closed = place;
    if (call.custom)
      closed["input"] = call.arguments;
    else
      closed.update(Json{{"name", call.name}, {"arguments", call.arguments}});
    events.send("response.output_item.added",
                {{"output_index", index}, {"item", call_item(call, index, false)}}, at(0));
    events.send(kind + ".delta", delta, at(1));
    events.send(kind + ".done", closed, at(1));
    events.send("response.output_item.done", {{"output_index", index}, {"item", done}}, at(1));
  }

  Provider provider_;
};

}  // namespace

Api const& openai_responses() {
  static Responses const api(Provider::openai);
  return api;
}

Api const& xai_responses() {
  static Responses const api(Provider::xai);
  return api;
}

}  // namespace tsg::sim
