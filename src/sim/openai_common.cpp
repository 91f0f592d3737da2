#include "openai_common.hpp"

#include "fields.hpp"

namespace tsg::sim {
namespace {

Problem problem_of(ErrorKind kind, std::string param, std::string message) {
  return Problem{kind, std::move(message), std::move(param), {}, -1};
}

std::optional<Problem> read_message(Json const& message, std::size_t index, Ask& out) {
  auto const at = "messages[" + std::to_string(index) + "]";
  if (!message.is_object()) return problem_of(ErrorKind::wrong_type, at, "expected an object");
  auto const role = string_or(message, "role", "");
  if (role.empty()) return problem_of(ErrorKind::missing, at + ".role", "");
  static constexpr std::string_view kRoles[] = {"developer", "system", "user",
                                                "assistant", "tool",   "function"};
  bool known = false;
  for (auto const& entry : kRoles) known = known || entry == role;
  if (!known) return problem_of(ErrorKind::invalid, at + ".role", "Invalid value: '" + role + "'.");
  auto const& content = member(message, "content");
  if (!content.is_null() && !content.is_string() && !content.is_array())
    return problem_of(ErrorKind::wrong_type, at + ".content", "expected a string or an array");
  if (content.is_null() && role != "assistant" && role != "function")
    return problem_of(ErrorKind::missing, at + ".content", "");
  if (role == "tool" && !message.contains("tool_call_id"))
    return problem_of(ErrorKind::missing, at + ".tool_call_id", "");
  if (role == "user") out.last_user_text = text_of(content);
  out.after_tool_result = role == "tool" || role == "function";
  out.ends_with_assistant = role == "assistant";
  return std::nullopt;
}

std::optional<Problem> read_tool(Json const& tool, std::string const& at, Ask& out) {
  auto const type = string_or(tool, "type", "");
  if (type == "function" || type == "custom") {
    // Chat nests the declaration, Responses is flat.
    auto const& inner = member(tool, type);
    auto const& decl = inner.is_object() ? inner : tool;
    auto const name = string_or(decl, "name", "");
    if (name.empty())
      return problem_of(ErrorKind::missing, at + (inner.is_object() ? "." + type : "") + ".name", "");
    out.tools.push_back({name, member(decl, "parameters"), type == "custom"});
    return std::nullopt;
  }
  if (type.empty()) return problem_of(ErrorKind::missing, at + ".type", "");
  out.web_search = out.web_search || type.starts_with("web_search");
  return std::nullopt;
}

void read_tool_choice(Json const& choice, Ask& out) {
  if (choice == "none") out.tool_mode = ToolMode::none;
  if (choice == "required") out.tool_mode = ToolMode::required;
  if (!choice.is_object()) return;
  auto const type = string_or(choice, "type", "");
  out.force_search = type.starts_with("web_search");
  if (type != "function" && type != "custom") return;
  out.tool_mode = ToolMode::required;
  auto const& inner = member(choice, type);
  out.named_tool = string_or(inner.is_object() ? inner : choice, "name", "");
}

std::optional<Problem> read_tools(Json const& body, Ask& out) {
  auto const& tools = member(body, "tools");
  if (tools.is_array())
    for (std::size_t i = 0; i < tools.size(); ++i)
      if (auto bad = read_tool(tools[i], "tools[" + std::to_string(i) + "]", out)) return bad;
  read_tool_choice(member(body, "tool_choice"), out);
  return std::nullopt;
}

std::optional<Problem> read_limits(Json const& body, Ask& out) {
  for (char const* name : {"max_completion_tokens", "max_tokens", "max_output_tokens"}) {
    auto const& value = member(body, name);
    if (!value.is_number_integer()) continue;
    if (value.get<std::int64_t>() < 1)
      return problem_of(ErrorKind::invalid, name,
                        "Invalid '" + std::string(name) +
                            "': integer below minimum value. Expected a value >= 1, but got " + dump(value) +
                            " instead.");
    if (!out.max_output) out.max_output = value.get<std::int64_t>();
  }
  out.n = int_or(body, "n", 1);
  if (out.n < 1 || out.n > 128)
    return problem_of(ErrorKind::invalid, "n", "Invalid 'n': expected a value between 1 and 128.");
  auto const& temperature = member(body, "temperature");
  if (temperature.is_number() && (temperature.get<double>() < 0 || temperature.get<double>() > 2))
    return problem_of(ErrorKind::invalid, "temperature", "Invalid 'temperature': decimal outside of 0 to 2.");
  return std::nullopt;
}

void read_format(Json const& format, Ask& out) {
  auto const type = string_or(format, "type", "text");
  out.wants_json = type == "json_object" || type == "json_schema";
  if (type != "json_schema") return;
  auto const& nested = member(format, "json_schema");
  out.json_schema = member(nested.is_object() ? nested : format, "schema");
}

void read_common(Json const& body, Ask& out) {
  out.model = string_or(body, "model", "");
  out.stream = bool_or(body, "stream", false);
  out.include_usage = bool_or(member(body, "stream_options"), "include_usage", false);
  out.service_tier = string_or(body, "service_tier", "auto");
}

std::optional<Problem> read_input_item(Json const& item, std::size_t index, Ask& out) {
  auto const at = "input[" + std::to_string(index) + "]";
  if (!item.is_object()) return problem_of(ErrorKind::wrong_type, at, "expected an object");
  auto const type = string_or(item, "type", "message");
  if (type == "function_call_output" || type == "custom_tool_call_output") {
    if (!item.contains("call_id")) return problem_of(ErrorKind::missing, at + ".call_id", "");
    out.after_tool_result = true;
  } else if (type == "message") {
    auto const role = string_or(item, "role", "");
    if (role != "user" && role != "assistant" && role != "system" && role != "developer")
      return problem_of(ErrorKind::invalid, at + ".role", "Invalid value: '" + role + "'.");
    out.after_tool_result = false;
    if (role == "user") out.last_user_text = text_of(member(item, "content"));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> read_chat_body(Json const& body, Ask& out) {
  read_common(body, out);
  auto const& messages = member(body, "messages");
  if (messages.empty())
    return problem_of(ErrorKind::invalid, "messages",
                      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
                      "empty array instead.");
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (auto bad = read_message(messages[i], i, out)) return bad;
  if (auto bad = read_tools(body, out)) return bad;
  if (auto bad = read_limits(body, out)) return bad;
  read_format(member(body, "response_format"), out);
  out.logprobs = bool_or(body, "logprobs", false);
  out.top_logprobs = int_or(body, "top_logprobs", 0);
  auto const effort = string_or(body, "reasoning_effort", "none");
  out.wants_reasoning = effort != "none" && effort != "minimal";
  auto const& modalities = member(body, "modalities");
  if (modalities.is_array())
    for (auto const& entry : modalities) out.audio = out.audio || entry == "audio";
  out.audio_format = string_or(member(body, "audio"), "format", "wav");
  return std::nullopt;
}

std::optional<Problem> read_responses_body(Json const& body, Ask& out) {
  read_common(body, out);
  out.include_usage = true;
  auto const& input = member(body, "input");
  if (input.is_string()) out.last_user_text = input.get<std::string>();
  if (input.is_array())
    for (std::size_t i = 0; i < input.size(); ++i)
      if (auto bad = read_input_item(input[i], i, out)) return bad;
  if (auto bad = read_tools(body, out)) return bad;
  if (auto bad = read_limits(body, out)) return bad;
  read_format(member(member(body, "text"), "format"), out);
  auto const& reasoning = member(body, "reasoning");
  auto const effort = string_or(reasoning, "effort", "none");
  out.wants_reasoning = effort != "none" && effort != "minimal";
  out.reasoning_summary = member(reasoning, "summary").is_string();
  out.echo = body;
  return std::nullopt;
}

std::string_view chat_finish(Finish finish) {
  switch (finish) {
    case Finish::length:
      return "length";
    case Finish::tool_calls:
      return "tool_calls";
    case Finish::content_filter:
      return "content_filter";
    default:
      return "stop";
  }
}

ErrorReply openai_error(Problem const& problem) {
  struct Row {
    ErrorKind kind;
    int status;
    char const *type, *code, *message;
  };
  static constexpr Row kRows[] = {
      {ErrorKind::not_json, 400, "invalid_request_error", nullptr,
       "We could not parse the JSON body of your request."},
      {ErrorKind::missing, 400, "invalid_request_error", "missing_required_parameter",
       "Missing required parameter: '%'."},
      {ErrorKind::unknown_field, 400, "invalid_request_error", "unknown_parameter",
       "Unknown parameter: '%'."},
      {ErrorKind::wrong_type, 400, "invalid_request_error", "invalid_type", "Invalid type for '%': "},
      {ErrorKind::invalid, 400, "invalid_request_error", "invalid_value", "Invalid value for '%'."},
      {ErrorKind::no_key, 401, "invalid_request_error", nullptr, "You didn't provide an API key."},
      {ErrorKind::bad_key, 401, "invalid_request_error", "invalid_api_key",
       "Incorrect API key provided: sk-*****sim. You can find your API key at "
       "https://platform.openai.com/account/api-keys."},
      {ErrorKind::no_path, 404, "invalid_request_error", nullptr, "Invalid URL"},
      {ErrorKind::no_model, 404, "invalid_request_error", "model_not_found",
       "The model `%` does not exist or you do not have access to it."},
      {ErrorKind::rate_limit, 429, "requests", "rate_limit_exceeded",
       "Rate limit reached for requests in organization org-simulated0000001. Please try again in 1s."},
      {ErrorKind::quota, 429, "insufficient_quota", "insufficient_quota",
       "You exceeded your current quota, please check your plan and billing details."},
      {ErrorKind::server_error, 500, "server_error", nullptr,
       "The server had an error while processing your request. Sorry about that!"},
      {ErrorKind::unavailable, 503, "service_unavailable_error", "server_is_overloaded",
       "The engine is currently overloaded, please try again later."},
      {ErrorKind::overloaded, 529, "service_unavailable_error", "server_is_overloaded",
       "The engine is currently overloaded, please try again later."},
      {ErrorKind::context_length, 400, "invalid_request_error", "context_length_exceeded",
       "This model's maximum context length is 128000 tokens. However, your messages resulted in 3333404 "
       "tokens. Please reduce the length of the messages."},
      {ErrorKind::prefill, 400, "invalid_request_error", "invalid_value",
       "The last message must not have role 'assistant'."},
  };
  Row const* row = kRows;
  for (auto const& entry : kRows)
    if (entry.kind == problem.kind) row = &entry;
  std::string message = row->message;
  bool const prefix = problem.kind == ErrorKind::wrong_type;
  if (!problem.message.empty() && !prefix) message = problem.message;
  auto const subject = problem.kind == ErrorKind::no_model ? problem.model : problem.param;
  if (auto const at = message.find('%'); at != std::string::npos && (problem.message.empty() || prefix))
    message.replace(at, 1, subject);
  if (prefix) message += problem.message + '.';
  auto param = problem.param;
  if (problem.kind == ErrorKind::context_length) param = "messages";
  Json error{{"message", message}, {"type", row->type}};
  error["param"] = param.empty() ? Json(nullptr) : Json(param);
  error["code"] = row->code == nullptr ? Json(nullptr) : Json(row->code);
  return {row->status, dump(Json{{"error", std::move(error)}}), "application/json"};
}

}  // namespace tsg::sim
