// Anthropic's Messages API.
#include <array>

#include "fields.hpp"

namespace tsg::sim {
namespace {

constexpr std::array kMessagesFields{
    Field{"model", kString, true},
    Field{"max_tokens", kInteger, true},
    Field{"messages", kArray, true},
    Field{"system", kString | kArray},
    Field{"stream", kBoolean},
    Field{"temperature", kNumber},
    Field{"top_p", kNumber},
    Field{"top_k", kInteger},
    Field{"stop_sequences", kArray},
    Field{"metadata", kObject},
    Field{"service_tier", kString},
    Field{"thinking", kObject},
    Field{"output_config", kObject},
    Field{"output_format", kObject},
    Field{"tools", kArray},
    Field{"tool_choice", kObject},
    Field{"cache_control", kObject | kNull},
    Field{"container", kString | kObject | kNull},
    Field{"inference_geo", kString | kNull},
    Field{"context_management", kObject | kNull},
    Field{"mcp_servers", kArray},
};

constexpr std::array kMessageFields{Field{"role", kString, true}, Field{"content", kString | kArray, true}};

Problem bad_message(ErrorKind kind, std::string param, std::string message = {}) {
  return Problem{kind, std::move(message), std::move(param), {}, -1};
}

std::optional<Problem> read_block(Json const& block, std::string const& at, Ask& out) {
  auto const type = string_or(block, "type", "");
  if (type.empty()) return bad_message(ErrorKind::missing, at + ".type");
  if (type == "text" && string_or(block, "text", "").empty())
    return bad_message(ErrorKind::invalid, {}, "messages: text content blocks must be non-empty");
  if (type == "text") out.last_user_text += string_or(block, "text", "");
  if (type == "tool_use" && !member(block, "input").is_object())
    return bad_message(ErrorKind::wrong_type, at + ".tool_use.input", "Input should be a valid dictionary");
  if (type == "tool_result") out.after_tool_result = true;
  return std::nullopt;
}

std::optional<Problem> read_anthropic_message(Json const& message, std::size_t index, Ask& out) {
  auto const at = "messages." + std::to_string(index);
  if (!message.is_object())
    return bad_message(ErrorKind::wrong_type, at, "Input should be a valid dictionary");
  if (auto fault = check_fields(message, kMessageFields, true)) {
    fault->param = at + "." + fault->param;
    return fault;
  }
  auto const role = string_or(message, "role", "");
  if (role != "user" && role != "assistant" && role != "system")
    return bad_message(ErrorKind::invalid, {}, at + ".role: Input should be 'user' or 'assistant'");
  if (index == 0 && role != "user")
    return bad_message(ErrorKind::invalid, {}, "messages: first message must use the \"user\" role");
  auto const& content = member(message, "content");
  bool const user = role == "user";
  auto const before = out.last_user_text;
  if (user) out.last_user_text.clear();
  out.after_tool_result = false;
  out.ends_with_assistant = role == "assistant";
  if (content.is_string()) {
    if (content.get_ref<std::string const&>().empty())
      return bad_message(
          ErrorKind::invalid, {},
          at + ": all messages must have non-empty content except for the optional final assistant message");
    if (user) out.last_user_text = content.get<std::string>();
    return std::nullopt;
  }
  for (std::size_t i = 0; i < content.size(); ++i)
    if (auto fault = read_block(content[i], at + ".content." + std::to_string(i), out)) return fault;
  // A turn of tool results alone keeps the instructions of the question before it.
  if (!user || out.last_user_text.empty()) out.last_user_text = before;
  return std::nullopt;
}

std::optional<Problem> read_anthropic_tools(Json const& body, Ask& out) {
  auto const& tools = member(body, "tools");
  for (std::size_t i = 0; tools.is_array() && i < tools.size(); ++i) {
    auto const at = "tools." + std::to_string(i);
    auto const type = string_or(tools[i], "type", "custom");
    if (type.starts_with("web_search")) out.web_search = true;
    if (type != "custom") continue;
    auto const& schema = member(tools[i], "input_schema");
    if (string_or(tools[i], "name", "").empty()) return bad_message(ErrorKind::missing, at + ".custom.name");
    if (!schema.is_object()) return bad_message(ErrorKind::missing, at + ".custom.input_schema");
    if (string_or(schema, "type", "") != "object")
      return bad_message(ErrorKind::invalid, {}, at + ".custom.input_schema.type: Input should be 'object'");
    out.tools.push_back({string_or(tools[i], "name", ""), schema, false});
  }
  auto const& choice = member(body, "tool_choice");
  auto const type = string_or(choice, "type", "auto");
  if (choice.is_object() && tools.empty())
    return bad_message(ErrorKind::invalid, {}, "tool_choice: may only be specified while providing tools");
  if (type == "none") out.tool_mode = ToolMode::none;
  if (type == "any" || type == "tool") out.tool_mode = ToolMode::required;
  if (type == "tool") out.named_tool = string_or(choice, "name", "");
  return std::nullopt;
}

std::string event(Json const& json) {
  return "event: " + json["type"].get<std::string>() + "\n" + data_event(json);
}

class Messages final : public Api {
 public:
  Provider provider() const override { return Provider::anthropic; }
  std::string_view name() const override { return "messages"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (auto fault = check_fields(body, kMessagesFields, true)) return fault;
    out.model = string_or(body, "model", "");
    out.stream = bool_or(body, "stream", false);
    out.max_output = int_or(body, "max_tokens", 0);
    if (*out.max_output < 1)
      return bad_message(ErrorKind::invalid, {}, "max_tokens: Input should be greater than or equal to 1");
    auto const& temperature = member(body, "temperature");
    if (temperature.is_number() && (temperature.get<double>() < 0 || temperature.get<double>() > 1))
      return bad_message(ErrorKind::invalid, {}, "temperature: range: 0..1");
    auto const& messages = member(body, "messages");
    if (messages.empty())
      return bad_message(ErrorKind::invalid, {}, "messages: at least one message is required");
    for (std::size_t i = 0; i < messages.size(); ++i)
      if (auto fault = read_anthropic_message(messages[i], i, out)) return fault;
    if (auto fault = read_anthropic_tools(body, out)) return fault;
    auto const& format = member(member(body, "output_config"), "format");
    out.wants_json = string_or(format, "type", "") == "json_schema";
    if (out.wants_json) out.json_schema = member(format, "schema");
    auto const thinking = string_or(member(body, "thinking"), "type", "disabled");
    out.wants_reasoning = thinking == "enabled" || thinking == "adaptive";
    out.reasoning_summary =
        out.wants_reasoning && string_or(member(body, "thinking"), "display", "summarized") != "omitted";
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    Json out{
        {"input_tokens", u.input - u.cached - u.cache_write},
        {"cache_creation_input_tokens", u.cache_write},
        {"cache_read_input_tokens", u.cached},
        {"cache_creation", {{"ephemeral_5m_input_tokens", u.cache_write}, {"ephemeral_1h_input_tokens", 0}}},
        {"output_tokens", u.output}};
    if (u.reasoning > 0) out["output_tokens_details"] = {{"thinking_tokens", u.reasoning}};
    out["server_tool_use"] =
        u.searches > 0 ? Json{{"web_search_requests", u.searches}, {"web_fetch_requests", 0}} : Json(nullptr);
    out["service_tier"] = "standard";
    return out;
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    Json content = Json::array();
    if (turn.usage.reasoning > 0)
      content.push_back({{"type", "thinking"}, {"thinking", turn.reasoning_text}, {"signature", kSignature}});
    if (!turn.pieces.empty()) content.push_back({{"type", "text"}, {"text", turn.text()}});
    for (std::size_t i = 0; i < turn.calls.size(); ++i) content.push_back(tool_use(turn.calls[i], i, true));
    auto out = message(ask, content);
    out["stop_reason"] = stop_reason(turn.finish);
    if (turn.finish == Finish::content_filter)
      out["stop_details"] = {{"type", "refusal"}, {"category", "general_harms"}, {"explanation", nullptr}};
    if (!turn.usage_missing) out["usage"] = usage(turn.reported);
    return dump(out);
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    auto const hidden = turn.usage.reasoning;
    auto const visible = turn.usage.output - hidden;
    auto start = message(ask, Json::array());
    if (!turn.usage_missing) {
      auto begun = turn.reported;
      begun.output = std::min<std::int64_t>(1, turn.reported.output);
      begun.reasoning = 0;
      start["usage"] = usage(begun);
    }
    out.event(event({{"type", "message_start"}, {"message", start}}), 0);
    std::int64_t index = 0;
    if (hidden > 0) stream_thinking(turn, index++, out);
    if (!turn.pieces.empty()) {
      out.event(event(opened(index, {{"type", "text"}, {"text", ""}})), hidden);
      out.event("event: ping\ndata: {\"type\": \"ping\"}\n\n", hidden);
      for (std::size_t i = 0; i < turn.pieces.size(); ++i)
        out.event(event(delta(index, {{"type", "text_delta"}, {"text", turn.pieces[i]}})),
                  tokens_at(hidden, visible, i, turn.pieces.size()));
      out.event(event(closed(index++)), turn.usage.output);
    }
    for (std::size_t i = 0; i < turn.calls.size(); ++i) {
      auto const tokens = tokens_at(hidden, visible, i, turn.calls.size());
      auto const& arguments = turn.calls[i].arguments;
      auto const half = arguments.size() / 2;
      out.event(event(opened(index, tool_use(turn.calls[i], i, false))), tokens);
      for (auto const& piece : {std::string(), arguments.substr(0, half), arguments.substr(half)})
        if (piece.empty() || arguments != "{}")
          out.event(event(delta(index, {{"type", "input_json_delta"}, {"partial_json", piece}})), tokens);
      out.event(event(closed(index++)), tokens);
    }
    Json last{{"type", "message_delta"},
              {"delta", {{"stop_reason", stop_reason(turn.finish)}, {"stop_sequence", nullptr}}}};
    if (!turn.usage_missing) last["usage"] = usage(turn.reported);
    out.event(event(last), turn.usage.output);
    out.event(event({{"type", "message_stop"}}), turn.usage.output);
  }

  ErrorReply error(Problem const& problem) const override {
    auto const reply = [](int status, char const* type, std::string const& text) {
      return ErrorReply{status,
                        dump(Json{{"type", "error"},
                                  {"error", {{"type", type}, {"message", text}}},
                                  {"request_id", "req_sim" + std::string(kIdMark)}}),
                        "application/json"};
    };
    char const* const invalid = "invalid_request_error";
    switch (problem.kind) {
      case ErrorKind::not_json:
        return reply(400, invalid, "The request body is not valid JSON");
      case ErrorKind::missing:
        return reply(400, invalid, problem.param + ": Field required");
      case ErrorKind::unknown_field:
        return reply(400, invalid, problem.param + ": Extra inputs are not permitted");
      case ErrorKind::wrong_type:
        return reply(400, invalid, problem.param + ": Input should be valid: " + problem.message);
      case ErrorKind::no_key:
        return reply(401, "authentication_error", "x-api-key header is required");
      case ErrorKind::bad_key:
        return reply(401, "authentication_error", "invalid x-api-key");
      case ErrorKind::no_path:
        return reply(404, "not_found_error", "Not Found");
      case ErrorKind::no_model:
        return reply(404, "not_found_error", "model: " + problem.model);
      case ErrorKind::rate_limit:
        return reply(429, "rate_limit_error",
                     "Request rate limit reached for this organization; wait before sending more.");
      case ErrorKind::quota:
        return reply(400, invalid,
                     "You have reached your specified API usage limits. You will regain access on 2026-12-01 "
                     "at 00:00 UTC.");
      case ErrorKind::server_error:
        return reply(500, "api_error", "Internal server error");
      case ErrorKind::unavailable:
        return reply(503, "api_error", "Service unavailable");
      case ErrorKind::overloaded:
        return reply(529, "overloaded_error", "Overloaded");
      case ErrorKind::context_length:
        return reply(400, invalid, "prompt is too long: 3333404 tokens > 200000 maximum");
      case ErrorKind::prefill:
        return reply(400, invalid,
                     "This model does not support assistant message prefill. The conversation must end with "
                     "a user message.");
      default:
        return reply(400, invalid, problem.message);
    }
  }

  std::string error_event(Problem const&) const override {
    return "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", "
           "\"message\": \"Overloaded\"}}\n\n";
  }

 private:
  static constexpr char const* kSignature = "c2ltdWxhdGVkLXNpZ25hdHVyZQ==";

  static Json message(Ask const& ask, Json content) {
    return {{"id", "msg_sim" + std::string(kIdMark)},
            {"type", "message"},
            {"role", "assistant"},
            {"model", ask.model},
            {"content", std::move(content)},
            {"stop_reason", nullptr},
            {"stop_sequence", nullptr}};
  }
  static char const* stop_reason(Finish finish) {
    switch (finish) {
      case Finish::length:
        return "max_tokens";
      case Finish::tool_calls:
        return "tool_use";
      case Finish::content_filter:
        return "refusal";
      default:
        return "end_turn";
    }
  }
  static Json tool_use(ToolCall const& call, std::size_t index, bool with_input) {
    auto input = with_input ? Json::parse(call.arguments, nullptr, false) : Json::object();
    if (input.is_discarded()) input = Json::object();
    return {{"type", "tool_use"},
            {"id", "toolu_sim" + std::string(kIdMark) + std::to_string(index)},
            {"name", call.name},
            {"input", input}};
  }
  static Json opened(std::int64_t index, Json block) {
    return {{"type", "content_block_start"}, {"index", index}, {"content_block", std::move(block)}};
  }
  static Json delta(std::int64_t index, Json what) {
    return {{"type", "content_block_delta"}, {"index", index}, {"delta", std::move(what)}};
  }
  static Json closed(std::int64_t index) { return {{"type", "content_block_stop"}, {"index", index}}; }

  static void stream_thinking(Turn const& turn, std::int64_t index, Script& out) {
    auto const tokens = turn.usage.reasoning;
    out.event(event(opened(index, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}})), 0);
    if (!turn.reasoning_text.empty())
      out.event(event(delta(index, {{"type", "thinking_delta"}, {"thinking", turn.reasoning_text}})), tokens);
    out.event(event(delta(index, {{"type", "signature_delta"}, {"signature", kSignature}})), tokens);
    out.event(event(closed(index)), tokens);
  }
};

}  // namespace

Api const& anthropic_messages() {
  static Messages const api;
  return api;
}

}  // namespace tsg::sim
