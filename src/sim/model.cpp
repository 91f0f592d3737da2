#include "model.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "api.hpp"
#include "fields.hpp"
#include "schema_fill.hpp"

namespace tsg::sim {
namespace {

constexpr std::int64_t kOutputDefault = 24;
constexpr std::int64_t kReasoningDefault = 16;
constexpr std::int64_t kOutputMax = 200'000;  // pieces really written; more would only fill memory

constexpr std::array<std::string_view, 32> kWords{
    "the",    "gateway", "asks", "and",   "one",   "model", "answers", "with",  "plain",  "words", "that",
    "nobody", "wrote",   "so",   "every", "token", "here",  "counts",  "once",  "again",  "until", "this",
    "short",  "story",   "ends", "where", "its",   "limit", "was",     "drawn", "before", "dawn"};

std::string word(std::uint64_t seed, std::size_t index) {
  auto const& w = kWords[(index + seed) % kWords.size()];
  return index == 0 ? std::string(w) : ' ' + std::string(w);
}

/// Cuts prepared text (JSON, arguments) into token-like pieces on UTF-8 borders.
std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto length = std::min<std::size_t>(4, text.size());
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
    out.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

ToolDecl const* declared(Ask const& ask, std::string_view name) {
  for (auto const& tool : ask.tools)
    if (tool.name == name) return &tool;
  return nullptr;
}

std::vector<ToolDecl const*> chosen_tools(Ask const& ask, Directive const& directive) {
  std::vector<ToolDecl const*> out;
  bool const none = ask.tools.empty() || ask.tool_mode == ToolMode::none || directive.text.has_value();
  if (none || (ask.after_tool_result && ask.named_tool.empty() && ask.tool_mode != ToolMode::required))
    return out;
  for (auto const& name : directive.tools)
    if (auto const* tool = declared(ask, name)) out.push_back(tool);
  if (!out.empty()) return out;
  if (directive.parallel)
    for (auto const& tool : ask.tools) out.push_back(&tool);
  else if (auto const* tool = declared(ask, ask.named_tool))
    out.push_back(tool);
  else
    out.push_back(&ask.tools.front());
  return out;
}

ToolCall call_of(ToolDecl const& tool, std::size_t index) {
  ToolCall call;
  call.id = "call_" + std::string(kIdMark) + std::to_string(index);
  call.name = tool.name;
  call.custom = tool.custom;
  call.arguments = tool.custom ? "sim" : dump(fill_schema(tool.schema));
  return call;
}

/// What the model would say without any limit: text pieces or calls, and the visible tokens they count.
std::int64_t unlimited(Turn& turn, Ask const& ask, Directive const& directive, ModelInput const& input,
                       std::int64_t limit) {
  auto const tools = chosen_tools(ask, directive);
  std::int64_t tokens = 0;
  for (auto const* tool : tools) {
    turn.calls.push_back(call_of(*tool, turn.calls.size()));
    tokens += 8 + static_cast<std::int64_t>((turn.calls.back().arguments.size() + 3) / 4);
  }
  if (!tools.empty()) {
    turn.finish = Finish::tool_calls;
    return tokens;
  }
  if (directive.text)
    turn.pieces = pieces_of(*directive.text);
  else if (ask.wants_json)
    turn.pieces =
        pieces_of(dump(ask.json_schema.is_null() ? Json{{"answer", "sim"}} : fill_schema(ask.json_schema)));
  else
    for (std::int64_t i = 0; i < limit; ++i)
      turn.pieces.push_back(word(input.seed, static_cast<std::size_t>(i)));
  return static_cast<std::int64_t>(turn.pieces.size());
}

void apply_usage_fault(Turn& turn, Fault fault) {
  turn.reported = turn.usage;
  if (fault.kind == FaultKind::usage_negative) {
    turn.reported.input = -turn.usage.input;
    turn.reported.output = -turn.usage.output;
  }
  if (fault.kind == FaultKind::usage_huge) turn.reported.output = 1'000'000'000'000'000;
  turn.usage_missing = fault.kind == FaultKind::usage_missing;
}

void count_input(Usage& usage, Ask const& ask, Directive const& directive, ModelInput const& input) {
  usage.input = directive.input_tokens.value_or(static_cast<std::int64_t>((input.body_bytes + 3) / 4));
  usage.cached = std::min(directive.cached.value_or(0), usage.input);
  usage.cache_write = std::min(directive.cache_write.value_or(0), usage.input - usage.cached);
  usage.searches = directive.searches.value_or(ask.force_search ? 1 : 0);
}

}  // namespace

std::string Turn::text() const {
  std::string out;
  for (auto const& piece : pieces) out += piece;
  return out;
}

Turn say(Ask const& ask, Directive const& directive, Fault fault, ModelInput const& input) {
  Turn turn;
  count_input(turn.usage, ask, directive, input);
  auto reasoning = directive.reasoning.value_or(ask.wants_reasoning ? kReasoningDefault : 0);
  auto const asked = directive.output_tokens.value_or(std::max<std::int64_t>(kOutputDefault + reasoning, 0));
  reasoning = std::min(reasoning, asked);
  auto limit = ask.max_output.value_or(std::numeric_limits<std::int32_t>::max());
  bool const overrun = fault.kind == FaultKind::overrun;
  auto const wanted = overrun && ask.max_output ? limit + (limit + 1) / 2 : asked;
  if (overrun) limit = wanted;

  auto visible = unlimited(turn, ask, directive, input,
                           std::min({wanted, limit, kOutputMax}) - std::min(reasoning, limit));
  bool const counted =
      directive.output_tokens.has_value() || (turn.calls.empty() && !directive.text && !ask.wants_json);
  auto total = counted ? wanted : visible + reasoning;
  if (total > limit) {
    total = limit;
    turn.finish = Finish::length;
  }
  reasoning = std::min(reasoning, total);
  visible = total - reasoning;
  if (static_cast<std::int64_t>(turn.pieces.size()) > visible)
    turn.pieces.resize(static_cast<std::size_t>(visible));
  if (turn.finish == Finish::length && !turn.calls.empty() && !turn.calls.back().custom) {
    auto& arguments = turn.calls.back().arguments;
    arguments.resize(arguments.size() / 2);
  }
  if (fault.kind == FaultKind::content_filter) {
    turn.calls.clear();
    turn.pieces.resize(turn.pieces.size() / 2);
    turn.finish = Finish::content_filter;
    total = reasoning + static_cast<std::int64_t>(turn.pieces.size());
  }
  if (reasoning > 0 && ask.reasoning_summary) turn.reasoning_text = "Thinking it over.";
  turn.usage.output = total * ask.n;
  turn.usage.reasoning = reasoning * ask.n;
  apply_usage_fault(turn, fault);
  return turn;
}

std::int64_t tokens_at(std::int64_t hidden, std::int64_t visible, std::size_t index, std::size_t count) {
  if (count == 0) return hidden + visible;
  return hidden + visible * static_cast<std::int64_t>(index + 1) / static_cast<std::int64_t>(count);
}

std::string dump(Json const& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string data_event(Json const& json) {
  return "data: " + dump(json) + "\n\n";
}

std::string_view provider_name(Provider provider) {
  static constexpr std::array<std::string_view, 5> kNames{"openai", "anthropic", "gemini", "xai",
                                                          "perplexity"};
  return kNames[static_cast<std::size_t>(provider)];
}

}  // namespace tsg::sim
