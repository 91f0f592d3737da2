// Perplexity: the Agent API, and the legacy Sonar chat completions.
#include <algorithm>
#include <array>

#include "fields.hpp"
#include "openai_common.hpp"
#include "prices.hpp"
#include "responses_items.hpp"

namespace tsg::sim {
namespace {

constexpr std::array kAgentFields{
    Field{"input", kString | kArray, true},
    Field{"model", kString},
    Field{"models", kArray},
    Field{"preset", kString},
    Field{"instructions", kString | kNull},
    Field{"max_output_tokens", kInteger | kNull},
    Field{"max_steps", kInteger | kNull},
    Field{"max_tool_calls", kInteger | kNull},
    Field{"reasoning", kObject | kNull},
    Field{"response_format", kObject | kNull},
    Field{"stream", kBoolean | kNull},
    Field{"stream_options", kObject | kNull},
    Field{"temperature", kNumber | kNull},
    Field{"top_p", kNumber | kNull},
    Field{"tools", kArray | kNull},
    Field{"tool_choice", kString | kObject},
    Field{"parallel_tool_calls", kBoolean},
    Field{"previous_response_id", kString | kNull},
    Field{"store", kBoolean | kNull},
    Field{"background", kBoolean | kNull},
    Field{"metadata", kObject | kNull},
    Field{"truncation", kString | kNull},
    Field{"language_preference", kString | kNull},
};

constexpr std::array kReserved{"web_search", "search_web",     "people_search", "search_people",
                               "fetch_url",  "finance_search", "sandbox"};

Problem bad_perplexity(ErrorKind kind, std::string param, std::string message = {}) {
  return Problem{kind, std::move(message), std::move(param), {}, -1};
}

ErrorReply perplexity_error(Problem const& problem) {
  auto const reply = [&](int status, char const* type, std::string const& text) {
    Json error{{"message", text}, {"type", type}, {"code", status}};
    if (!problem.param.empty()) error["param"] = problem.param;
    return ErrorReply{status, dump(Json{{"error", std::move(error)}}), "application/json"};
  };
  switch (problem.kind) {
    case ErrorKind::not_json:
      return reply(400, "invalid_request", "invalid request body: json: unexpected end of JSON input");
    case ErrorKind::missing:
      return reply(400, "invalid_request", problem.param + " is required");
    case ErrorKind::unknown_field:
      return reply(400, "invalid_request",
                   "invalid request body: json: unknown field \"" + problem.param + "\"");
    case ErrorKind::wrong_type:
      return reply(400, "invalid_request",
                   "invalid request body: json: cannot unmarshal " + problem.param + ": " + problem.message);
    case ErrorKind::no_key:
    case ErrorKind::bad_key:
      return reply(401, "authentication_error", "Invalid API key provided.");
    case ErrorKind::no_path:
      return reply(404, "not_found", "not found");
    case ErrorKind::no_model:
      return reply(400, "invalid_model", "Invalid model '" + problem.model + "'.");
    case ErrorKind::rate_limit:
      return reply(429, "request_rate_limit_exceeded",
                   "Request rate limit exceeded, please try again later.");
    case ErrorKind::quota:
      return reply(401, "insufficient_quota",
                   "You exceeded your current quota, please check your plan and billing details.");
    case ErrorKind::server_error:
      return reply(500, "internal_error", "Internal server error");
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
      return reply(503, "bad_gateway", "Service unavailable");
    case ErrorKind::context_length:
      return reply(400, "too_many_prompt_tokens", "The total length of all messages is too long.");
    case ErrorKind::prefill:
      return reply(400, "invalid_message", "Last message must have role `user` or `tool`.");
    default:
      return reply(400, "invalid_request", problem.message);
  }
}

/// A JSON number with the exact decimal digits: short decimals come back unchanged from a double.
Json usd(std::int64_t nano) {
  return Json::parse(decimal_of_nano(nano));
}

Json agent_cost(Turn const& turn) {
  auto const part = [&](Usage const& only) {
    auto price = *turn.price;
    price.request_per_1k = 0;
    return cost_nano_usd(price, only, "");
  };
  auto const& u = turn.usage;
  auto const output = part({0, 0, 0, u.output, 0, 0});
  auto const tools = part({0, 0, 0, 0, 0, u.searches});
  auto const total = turn.cost_nano_usd.value_or(0);
  return {{"currency", "USD"},          {"input_cost", usd(total - output - tools)},
          {"output_cost", usd(output)}, {"cache_creation_cost", 0},
          {"cache_read_cost", 0},       {"tool_calls_cost", usd(tools)},
          {"total_cost", usd(total)}};
}

class Agent final : public Api {
 public:
  Provider provider() const override { return Provider::perplexity; }
  std::string_view name() const override { return "agent"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (auto fault = check_fields(body, kAgentFields, true)) return fault;
    auto const& models = member(body, "models");
    if (!body.contains("model") && !models.is_array() && !body.contains("preset"))
      return bad_perplexity(ErrorKind::invalid, "model", "one of model, models or preset is required");
    if (auto fault = read_responses_body(body, out)) return fault;
    if (models.is_array() && !models.empty() && models[0].is_string())
      out.model = models[0].get<std::string>();
    if (out.model.empty()) out.model = "perplexity/sonar";
    if (out.model.starts_with("anthropic/") && !out.max_output)
      return bad_perplexity(ErrorKind::invalid, "max_output_tokens",
                            "max_output_tokens is required for anthropic models");
    if (out.max_output && *out.max_output < 16)
      return bad_perplexity(ErrorKind::invalid, "max_output_tokens", "max_output_tokens must be at least 16");
    for (auto const& tool : out.tools)
      for (auto const* reserved : kReserved)
        if (tool.name == reserved)
          return bad_perplexity(ErrorKind::invalid, "tools", "function name '" + tool.name + "' is reserved");
    auto const& format = member(body, "response_format");
    out.wants_json = string_or(format, "type", "") == "json_schema";
    if (out.wants_json) out.json_schema = member(member(format, "json_schema"), "schema");
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    Json out{{"input_tokens", u.input},
             {"output_tokens", u.output},
             {"total_tokens", u.input + u.output},
             {"input_tokens_details",
              {{"cache_creation_input_tokens", u.cache_write}, {"cache_read_input_tokens", u.cached}}}};
    if (u.searches > 0) out["tool_calls_details"] = {{"search_web", {{"invocation", u.searches}}}};
    return out;
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    return dump(response(ask, turn, responses_status(turn.finish), true));
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    EventWriter events(out, true);
    events.send("response.created", {{"response", response(ask, turn, "in_progress", false)}}, 0);
    events.send("response.in_progress", {{"response", response(ask, turn, "in_progress", false)}}, 0);
    auto const items = output(turn);
    for (std::size_t index = 0; index < items.size(); ++index) {
      auto const& item = items[index];
      if (item["type"] == "search_results") {
        events.send("response.reasoning.started", {{"thought", nullptr}}, 0);
        events.send("response.reasoning.search_queries", {{"queries", item["queries"]}, {"thought", nullptr}},
                    0);
        events.send("response.reasoning.search_results", {{"results", item["results"]}}, 0);
        events.send("response.reasoning.stopped", Json::object(), 0);
        continue;
      }
      Json opened = item;
      if (item["type"] == "message") {
        opened["status"] = "in_progress";
        opened["content"] = Json::array();
      }
      auto const hidden = turn.usage.reasoning;
      events.send("response.output_item.added", {{"output_index", index}, {"item", opened}},
                  item["type"] == "message" ? hidden : turn.usage.output);
      if (item["type"] == "message") stream_text(turn, item, index, events);
      events.send("response.output_item.done", {{"output_index", index}, {"item", item}}, turn.usage.output);
    }
    auto const status = responses_status(turn.finish);
    events.send("response." + std::string(status), {{"response", response(ask, turn, status, true)}},
                turn.usage.output);
  }

  ErrorReply error(Problem const& problem) const override { return perplexity_error(problem); }

  std::string error_event(Problem const& problem) const override {
    Script script;
    EventWriter events(script, true);
    auto const inner = Json::parse(perplexity_error(problem).body)["error"];
    events.send(
        "response.failed",
        {{"error", {{"message", inner["message"]}, {"type", inner["type"]}, {"code", "internal_error"}}}}, 0);
    return script.wire;
  }

 private:
  static Json output(Turn const& turn) {
    Json items = Json::array();
    if (turn.usage.searches > 0)
      items.push_back(Json{{"type", "search_results"},
                           {"queries", Json::array({"sim"})},
                           {"results", Json::array({Json{{"id", 1},
                                                         {"url", "https://example.org/sim"},
                                                         {"title", "Simulated"},
                                                         {"snippet", "A page nobody wrote."},
                                                         {"date", "2026-01-02"},
                                                         {"last_updated", "2026-10-01"},
                                                         {"source", "web"}}})}});
    if (turn.calls.empty())
      items.push_back(Json{{"type", "message"},
                           {"id", "msg_sim" + std::string(kIdMark)},
                           {"role", "assistant"},
                           {"status", turn.finish == Finish::stop ? "completed" : "incomplete"},
                           {"content", Json::array({Json{{"type", "output_text"},
                                                         {"text", turn.text()},
                                                         {"annotations", Json::array()}}})}});
    for (std::size_t i = 0; i < turn.calls.size(); ++i)
      items.push_back(Json{{"type", "function_call"},
                           {"id", "fc_sim" + std::string(kIdMark) + std::to_string(i)},
                           {"call_id", turn.calls[i].id},
                           {"name", turn.calls[i].name},
                           {"arguments", turn.calls[i].arguments},
                           {"status", "completed"}});
    return items;
  }

  Json response(Ask const& ask, Turn const& turn, std::string_view status, bool done) const {
    Json out{{"id", "resp_sim" + std::string(kIdMark)},
             {"object", "response"},
             {"created_at", kTimeMark},
             {"completed_at", done ? Json(kTimeMark) : Json(nullptr)},
             {"status", status},
             {"model", ask.model},
             {"output", done ? output(turn) : Json::array()},
             {"error", nullptr},
             {"incomplete_details", done ? incomplete_details(turn.finish) : Json(nullptr)},
             {"usage", nullptr}};
    if (done && !turn.usage_missing) {
      out["usage"] = usage(turn.reported);
      if (turn.price != nullptr) out["usage"]["cost"] = agent_cost(turn);
    }
    return out;
  }

  static void stream_text(Turn const& turn, Json const& item, std::size_t index, EventWriter& events) {
    auto const hidden = turn.usage.reasoning;
    Json const place{{"item_id", item["id"]}, {"output_index", index}, {"content_index", 0}};
    for (std::size_t i = 0; i < turn.pieces.size(); ++i) {
      Json delta = place;
      delta["delta"] = turn.pieces[i];
      events.send("response.output_text.delta", delta,
                  tokens_at(hidden, turn.usage.output - hidden, i, turn.pieces.size()));
    }
    Json done = place;
    done["text"] = turn.text();
    events.send("response.output_text.done", done, turn.usage.output);
  }
};

class Sonar final : public Api {
 public:
  Provider provider() const override { return Provider::perplexity; }
  std::string_view name() const override { return "sonar"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    static constexpr std::array kMinimum{
        Field{"model", kString, true}, Field{"messages", kArray, true}, Field{"stream", kBoolean | kNull},
        Field{"max_tokens", kInteger | kNull}, Field{"temperature", kNumber | kNull}};
    if (auto fault = check_fields(body, kMinimum, false)) return fault;
    if (auto fault = read_chat_body(body, out)) return fault;
    out.n = 1;
    std::string before = "system";
    for (auto const& message : body["messages"]) {
      auto const role = string_or(message, "role", "");
      auto const kind = role == "tool" ? "user" : role;
      bool const good =
          kind == "system" ? before == "system" : kind != before && (kind == "user" || before != "system");
      if (!good)
        return bad_perplexity(
            ErrorKind::invalid, {},
            "After the (optional) system message(s), user or tool message(s) should alternate with "
            "assistant message(s).");
      before = kind;
    }
    if (before != "user") return bad_perplexity(ErrorKind::prefill, {});
    out.force_search = !bool_or(body, "disable_search", false);
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    Json out{{"prompt_tokens", u.input},
             {"completion_tokens", u.output - u.reasoning},
             {"total_tokens", u.input + u.output - u.reasoning},
             {"search_context_size", "low"}};
    if (u.reasoning > 0) out["reasoning_tokens"] = u.reasoning;
    return out;
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    auto out = envelope(ask, turn, turn.reported, "chat.completion");
    out["choices"] = Json::array({Json{{"index", 0},
                                       {"finish_reason", chat_finish(turn.finish)},
                                       {"message", {{"role", "assistant"}, {"content", turn.text()}}},
                                       {"delta", {{"role", "assistant"}, {"content", ""}}}}});
    return dump(out);
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    auto const hidden = turn.usage.reasoning;
    std::string so_far;
    for (std::size_t i = 0; i <= turn.pieces.size(); ++i) {
      bool const last = i == turn.pieces.size();
      auto const tokens =
          last ? turn.usage.output : tokens_at(hidden, turn.usage.output - hidden, i, turn.pieces.size());
      if (!last) so_far += turn.pieces[i];
      auto said = turn.reported;
      if (!last) said.output = std::min(said.output, tokens);  // running usage
      auto event = envelope(ask, turn, said, last ? "chat.completion.done" : "chat.completion.chunk");
      Json choice{{"index", 0},
                  {"delta", {{"role", "assistant"}, {"content", last ? std::string() : turn.pieces[i]}}},
                  {"message", {{"role", "assistant"}, {"content", so_far}}}};
      choice["finish_reason"] = last ? Json(chat_finish(turn.finish)) : Json(nullptr);
      event["choices"] = Json::array({choice});
      out.event(data_event(event), tokens);
    }
    // No [DONE]: the real one is not reliable either.
  }

  ErrorReply error(Problem const& problem) const override { return perplexity_error(problem); }
  std::string error_event(Problem const& problem) const override {
    return "data: " + perplexity_error(problem).body + "\n\n";
  }

 private:
  Json envelope(Ask const& ask, Turn const& turn, Usage const& said, char const* object) const {
    Json out{{"id", "5e5e5e5e-0000-4000-8000-" + std::string(kIdMark)},
             {"model", ask.model},
             {"created", kTimeMark}};
    if (!turn.usage_missing) {
      out["usage"] = usage(said);
      if (turn.cost_nano_usd) out["usage"]["cost"] = {{"total_cost", usd(*turn.cost_nano_usd)}};
    }
    out["citations"] = Json::array({"https://example.org/sim"});
    out["search_results"] =
        Json::array({Json{{"title", "Simulated"}, {"url", "https://example.org/sim"}, {"date", nullptr}}});
    out["object"] = object;
    return out;
  }
};

}  // namespace

Api const& perplexity_agent() {
  static Agent const api;
  return api;
}

Api const& perplexity_sonar() {
  static Sonar const api;
  return api;
}

}  // namespace tsg::sim
