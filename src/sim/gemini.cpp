// Google's generateContent and embedContent (v1beta).
#include <algorithm>
#include <array>

#include "embeddings.hpp"
#include "fields.hpp"

namespace tsg::sim {
namespace {

// proto3 JSON takes camelCase and snake_case alike.
constexpr std::array kGenerateFields{
    Field{"contents", kArray},
    Field{"systemInstruction", kObject},
    Field{"system_instruction", kObject},
    Field{"tools", kArray},
    Field{"toolConfig", kObject},
    Field{"tool_config", kObject},
    Field{"safetySettings", kArray},
    Field{"safety_settings", kArray},
    Field{"generationConfig", kObject},
    Field{"generation_config", kObject},
    Field{"cachedContent", kString},
    Field{"serviceTier", kString},
    Field{"store", kBoolean},
};

constexpr std::array kConfigFields{
    Field{"candidateCount", kInteger},
    Field{"stopSequences", kArray},
    Field{"maxOutputTokens", kInteger},
    Field{"temperature", kNumber},
    Field{"topP", kNumber},
    Field{"topK", kNumber},
    Field{"seed", kInteger},
    Field{"presencePenalty", kNumber},
    Field{"frequencyPenalty", kNumber},
    Field{"responseMimeType", kString},
    Field{"responseSchema", kObject},
    Field{"responseJsonSchema", kAny},
    Field{"_responseJsonSchema", kAny},
    Field{"responseLogprobs", kBoolean},
    Field{"logprobs", kInteger},
    Field{"responseModalities", kArray},
    Field{"thinkingConfig", kObject},
    Field{"mediaResolution", kString},
    Field{"speechConfig", kObject},
    Field{"imageConfig", kObject},
};

constexpr std::string_view kSignature = "c2ltdWxhdGVkLXNpZ25hdHVyZQ==";

Problem bad_generate(ErrorKind kind, std::string param, std::string message = {}) {
  return Problem{kind, std::move(message), std::move(param), {}, -1};
}

Json const& either(Json const& object, std::string_view camel, std::string_view snake) {
  auto const& value = member(object, camel);
  return value.is_null() ? member(object, snake) : value;
}

ErrorReply gemini_error(Problem const& problem) {
  auto const reply = [](int status, char const* name, std::string const& text, Json details = Json::array()) {
    Json error{{"code", status}, {"message", text}, {"status", name}};
    if (!details.empty()) error["details"] = std::move(details);
    return ErrorReply{status, dump(Json{{"error", std::move(error)}}), "application/json; charset=UTF-8"};
  };
  switch (problem.kind) {
    case ErrorKind::not_json:
      return reply(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token.");
    case ErrorKind::missing:
      return reply(
          400, "INVALID_ARGUMENT",
          "* GenerateContentRequest." + problem.param + ": " + problem.param + " is not specified\n");
    case ErrorKind::unknown_field:
      return reply(400, "INVALID_ARGUMENT",
                   "Invalid JSON payload received. Unknown name \"" + problem.param + "\"" +
                       (problem.message.empty() ? "" : " at '" + problem.message + "'") +
                       ": Cannot find field.");
    case ErrorKind::wrong_type:
      return reply(400, "INVALID_ARGUMENT", "Invalid value at '" + problem.param + "': " + problem.message);
    case ErrorKind::no_key:
      return reply(403, "PERMISSION_DENIED",
                   "Method doesn't allow unregistered callers (callers without established identity). Please "
                   "use API Key or other form of API consumer identity to call this API.");
    case ErrorKind::bad_key:
      return reply(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                   Json::array({Json{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                     {"reason", "API_KEY_INVALID"},
                                     {"domain", "googleapis.com"},
                                     {"metadata", {{"service", "generativelanguage.googleapis.com"}}}}}));
    case ErrorKind::no_path:
      return reply(404, "NOT_FOUND", "Requested entity was not found.");
    case ErrorKind::no_model:
      return reply(404, "NOT_FOUND",
                   "models/" + problem.model +
                       " is not found for API version v1beta, or is not supported for generateContent.");
    case ErrorKind::rate_limit:
    case ErrorKind::quota: {
      bool const day = problem.kind == ErrorKind::quota;
      Json details = Json::array();
      details.push_back(Json{
          {"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
          {"violations",
           Json::array(
               {Json{{"quotaMetric", "generativelanguage.googleapis.com/generate_content_paid_tier_requests"},
                     {"quotaId", day ? "GenerateRequestsPerDayPerProjectPerModel"
                                     : "GenerateRequestsPerMinutePerProjectPerModel"},
                     {"quotaValue", "10"}}})}});
      if (problem.retry_after >= 0)
        details.push_back(Json{{"@type", "type.googleapis.com/google.rpc.RetryInfo"},
                               {"retryDelay", std::to_string(problem.retry_after) + "s"}});
      return reply(429, "RESOURCE_EXHAUSTED",
                   "You exceeded your current quota, please check your plan and billing details.", details);
    }
    case ErrorKind::server_error:
      return reply(500, "INTERNAL", "An internal error has occurred. Please retry.");
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
      return reply(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
    case ErrorKind::context_length:
      return reply(400, "INVALID_ARGUMENT",
                   "The input token count (3333404) exceeds the maximum number of tokens allowed (1048576).");
    case ErrorKind::prefill:
      return reply(400, "INVALID_ARGUMENT", "Please ensure that the last turn is a user turn.");
    default:
      return reply(400, "INVALID_ARGUMENT", problem.message);
  }
}

std::optional<Problem> read_content(Json const& content, std::size_t index, Ask& out) {
  auto const at = "contents[" + std::to_string(index) + "]";
  auto const& parts = member(content, "parts");
  if (!parts.is_array() || parts.empty())
    return bad_generate(ErrorKind::invalid, {},
                        "* GenerateContentRequest." + at + ".parts: contents.parts must not be empty.\n");
  auto const role = string_or(content, "role", "user");
  if (role != "user" && role != "model")
    return bad_generate(ErrorKind::invalid, {}, "Please use a valid role: user, model.");
  std::string text;
  out.after_tool_result = false;
  out.ends_with_assistant = role == "model";
  for (auto const& part : parts) {
    text += string_or(part, "text", "");
    if (either(part, "functionResponse", "function_response").is_object()) out.after_tool_result = true;
  }
  if (role == "user" && !text.empty()) out.last_user_text = text;
  return std::nullopt;
}

void read_gemini_tools(Json const& body, Ask& out) {
  auto const& tools = member(body, "tools");
  if (tools.is_array())
    for (auto const& tool : tools) {
      auto const& declarations = either(tool, "functionDeclarations", "function_declarations");
      if (declarations.is_array())
        for (auto const& decl : declarations) {
          auto const& plain = member(decl, "parameters");
          out.tools.push_back(
              {string_or(decl, "name", ""),
               plain.is_null() ? either(decl, "parametersJsonSchema", "parameters_json_schema") : plain,
               false});
        }
      out.web_search = out.web_search || tool.contains("googleSearch");
    }
  auto const& config =
      either(either(body, "toolConfig", "tool_config"), "functionCallingConfig", "function_calling_config");
  auto const mode = string_or(config, "mode", "AUTO");
  if (mode == "NONE") out.tool_mode = ToolMode::none;
  if (mode == "ANY") out.tool_mode = ToolMode::required;
  auto const& allowed = member(config, "allowedFunctionNames");
  if (allowed.is_array() && !allowed.empty() && allowed[0].is_string())
    out.named_tool = allowed[0].get<std::string>();
}

std::optional<Problem> read_config(Json const& config, Ask& out) {
  if (!config.is_object()) return std::nullopt;
  if (auto fault = check_fields(config, kConfigFields, true)) {
    if (fault->kind == ErrorKind::unknown_field) fault->message = "generation_config";
    return fault;
  }
  if (config.contains("maxOutputTokens")) {
    out.max_output = int_or(config, "maxOutputTokens", 0);
    if (*out.max_output < 1)
      return bad_generate(
          ErrorKind::invalid, {},
          "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be "
          "positive.\n");
  }
  out.n = std::clamp<std::int64_t>(int_or(config, "candidateCount", 1), 1, 8);
  out.wants_json = string_or(config, "responseMimeType", "") == "application/json";
  for (char const* name : {"responseSchema", "responseJsonSchema", "_responseJsonSchema"})
    if (out.wants_json && config.contains(name)) out.json_schema = config[name];
  auto const& thinking = member(config, "thinkingConfig");
  out.wants_reasoning = thinking.is_object() && int_or(thinking, "thinkingBudget", 1) != 0;
  out.reasoning_summary = bool_or(thinking, "includeThoughts", false);
  return std::nullopt;
}

class Generate final : public Api {
 public:
  Provider provider() const override { return Provider::gemini; }
  std::string_view name() const override { return "generate_content"; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (auto fault = check_fields(body, kGenerateFields, true)) return fault;
    auto const& contents = member(body, "contents");
    if (contents.empty()) return bad_generate(ErrorKind::missing, "contents");
    for (std::size_t i = 0; i < contents.size(); ++i)
      if (auto fault = read_content(contents[i], i, out)) return fault;
    read_gemini_tools(body, out);
    out.service_tier = string_or(body, "serviceTier", "standard");
    return read_config(either(body, "generationConfig", "generation_config"), out);
  }

  Json usage(Usage const& u) const override { return usage_with(u, true); }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    Json parts = Json::array();
    if (!turn.reasoning_text.empty()) parts.push_back(Json{{"text", turn.reasoning_text}, {"thought", true}});
    if (!turn.pieces.empty()) parts.push_back(Json{{"text", turn.text()}});
    for (std::size_t i = 0; i < turn.calls.size(); ++i) parts.push_back(call_part(turn.calls[i], i));
    Json out = Json::object();
    if (turn.finish == Finish::content_filter && parts.empty())
      out["promptFeedback"] = {{"blockReason", "SAFETY"}};
    out["candidates"] = Json::array();
    for (std::int64_t i = 0; i < ask.n; ++i) {
      Json candidate{{"content", {{"parts", parts}, {"role", "model"}}},
                     {"finishReason", reason(turn.finish)},
                     {"index", i}};
      if (parts.empty()) candidate["content"].erase("parts");
      if (i == 0 && turn.usage.searches > 0)
        candidate["groundingMetadata"] = grounding(turn, turn.reasoning_text.empty() ? 0 : 1);
      out["candidates"].push_back(candidate);
    }
    seal(out, ask, turn, turn.reported);
    return dump(out);
  }

  void stream(Ask const& ask, Turn const& turn, Script& out) const override {
    auto const hidden = turn.usage.reasoning / ask.n;
    auto const visible = turn.usage.output / ask.n - hidden;
    auto const record = [&](Json parts, std::int64_t tokens, bool last) {
      Json candidate{{"content", {{"parts", std::move(parts)}, {"role", "model"}}}};
      if (last) candidate["finishReason"] = reason(turn.finish);
      candidate["index"] = 0;
      if (last && turn.usage.searches > 0) candidate["groundingMetadata"] = grounding(turn, 0);
      Json event{{"candidates", Json::array({candidate})}};
      auto said = turn.reported;
      // Cumulative; the last record has the whole.
      if (!last) said.output = std::min(said.output, tokens);
      seal(event, ask, turn, said);
      auto bytes = data_event(event);
      bytes.replace(bytes.size() - 2, 2, "\r\n\r\n");
      out.event(bytes, tokens);
    };
    if (!turn.reasoning_text.empty())
      record(Json::array({Json{{"text", turn.reasoning_text}, {"thought", true}}}), hidden, false);
    for (std::size_t i = 0; i < turn.pieces.size(); ++i)
      record(Json::array({Json{{"text", turn.pieces[i]}}}), tokens_at(hidden, visible, i, turn.pieces.size()),
             false);
    for (std::size_t i = 0; i < turn.calls.size(); ++i)
      record(Json::array({call_part(turn.calls[i], i)}), tokens_at(hidden, visible, i, turn.calls.size()),
             false);
    record(Json::array({Json{{"text", ""}}}), turn.usage.output, true);
  }

  ErrorReply error(Problem const& problem) const override { return gemini_error(problem); }
  std::string error_event(Problem const& problem) const override {
    return "data: " + gemini_error(problem).body + "\r\n\r\n";
  }
  std::string_view stream_type() const override { return "text/event-stream"; }

 private:
  static char const* reason(Finish finish) {
    if (finish == Finish::length) return "MAX_TOKENS";
    return finish == Finish::content_filter ? "SAFETY" : "STOP";
  }
  static Json call_part(ToolCall const& call, std::size_t index) {
    auto args = Json::parse(call.arguments, nullptr, false);
    if (args.is_discarded()) args = Json::object();
    Json part{{"functionCall",
               {{"id", "fc_sim" + std::string(kIdMark) + std::to_string(index)},
                {"name", call.name},
                {"args", args}}}};
    if (index == 0) part["thoughtSignature"] = kSignature;  // only the first of a step carries one
    return part;
  }
  // One query and one source for each search; the first source is cited for the whole text.
  static Json grounding(Turn const& turn, std::size_t text_part) {
    Json out;
    for (std::int64_t i = 0; i < turn.usage.searches; ++i) {
      auto const number = std::to_string(i);
      out["webSearchQueries"].push_back("simulated query " + number);
      out["groundingChunks"].push_back(
          Json{{"web", {{"uri", "https://example.com/" + number}, {"title", "example " + number}}}});
    }
    auto const text = turn.text();
    if (text.empty()) return out;
    Json segment{{"startIndex", 0}, {"endIndex", text.size()}, {"text", text}};
    if (text_part > 0) segment["partIndex"] = text_part;  // 0 is left out, as proto3 does
    out["groundingSupports"] =
        Json::array({Json{{"segment", segment}, {"groundingChunkIndices", Json::array({0})}}});
    return out;
  }
  static Json usage_with(Usage const& u, bool details) {
    Json out{{"promptTokenCount", u.input},
             {"candidatesTokenCount", u.output - u.reasoning},
             {"totalTokenCount", u.input + u.output}};
    if (u.cached > 0) out["cachedContentTokenCount"] = u.cached;
    if (details)
      out["promptTokensDetails"] = Json::array({Json{{"modality", "TEXT"}, {"tokenCount", u.input}}});
    if (u.reasoning > 0) out["thoughtsTokenCount"] = u.reasoning;
    return out;
  }
  static void seal(Json& out, Ask const& ask, Turn const& turn, Usage said) {
    said.reasoning = std::min(said.reasoning, said.output);
    if (!turn.usage_missing) out["usageMetadata"] = usage_with(said, true);
    out["modelVersion"] = ask.model;
    out["responseId"] = "sim" + std::string(kIdMark);
  }
};

class Embed final : public Api {
 public:
  explicit Embed(bool batch) : batch_(batch) {}
  Provider provider() const override { return Provider::gemini; }
  std::string_view name() const override { return batch_ ? "batch_embed_contents" : "embed_content"; }
  bool generates() const override { return false; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    static constexpr std::array kBatch{Field{"requests", kArray, true}};
    if (!batch_) return read_one(body, out);
    if (auto fault = check_fields(body, kBatch, true)) return fault;
    if (body["requests"].empty())
      return bad_generate(ErrorKind::invalid, {},
                          "* BatchEmbedContentsRequest.requests: at least one request is required\n");
    for (auto const& request : body["requests"]) {
      if (string_or(request, "model", "") != "models/" + out.model)
        return bad_generate(
            ErrorKind::invalid, {},
            "* BatchEmbedContentsRequest.requests[].model: model must match the one of the path\n");
      if (auto fault = read_one(request, out)) return fault;
    }
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    return {{"promptTokenCount", u.input}, {"totalTokenCount", u.input}};
  }

  std::string whole(Ask const& ask, Turn const&) const override {
    Json list = Json::array();
    for (auto const& input : ask.inputs)
      list.push_back(Json{{"values", embed(input, static_cast<std::size_t>(ask.dimensions))}});
    return batch_ ? dump(Json{{"embeddings", list}}) : dump(Json{{"embedding", list[0]}});
  }

  void stream(Ask const&, Turn const&, Script&) const override {}
  ErrorReply error(Problem const& problem) const override { return gemini_error(problem); }
  std::string error_event(Problem const& problem) const override { return gemini_error(problem).body; }

 private:
  static std::optional<Problem> read_one(Json const& request, Ask& out) {
    static constexpr std::array kOne{Field{"model", kString},
                                     Field{"content", kObject, true},
                                     Field{"taskType", kString},
                                     Field{"title", kString},
                                     Field{"outputDimensionality", kInteger},
                                     Field{"embedContentConfig", kObject}};
    if (!request.is_object()) return bad_generate(ErrorKind::wrong_type, "requests", "expected an object");
    if (auto fault = check_fields(request, kOne, true)) return fault;
    out.inputs.push_back(text_of(member(member(request, "content"), "parts")));
    out.last_user_text = out.inputs.back();
    out.dimensions = std::clamp<std::int64_t>(int_or(request, "outputDimensionality", 3072), 1, 3072);
    return std::nullopt;
  }
  bool batch_;
};

}  // namespace

Api const& gemini_generate() {
  static Generate const api;
  return api;
}

Api const& gemini_embed() {
  static Embed const api(false);
  return api;
}

Api const& gemini_batch_embed() {
  static Embed const api(true);
  return api;
}

}  // namespace tsg::sim
