// A chat request as a Messages request, member by member (§3.1).
#include <algorithm>

#include "providers/anthropic/adapter.hpp"
#include "providers/anthropic/blocks.hpp"
#include "providers/anthropic/sampling.hpp"
#include "providers/anthropic/schema.hpp"
#include "providers/anthropic/thinking.hpp"
#include "providers/anthropic/tools.hpp"
#include "providers/anthropic/turns.hpp"
#include "providers/judge.hpp"
#include "providers/read_fields.hpp"
#include "providers/stop_window.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

constexpr std::int64_t kOutputDefault = 4096;  // where neither client, nor policy, nor catalogue says one

std::int64_t output_limit(ChatRequest const& request, EncodeContext const& context) {
  auto const cap = context.family ? context.family->max_output_tokens : std::nullopt;
  auto limit = request.max_tokens ? request.max_tokens : context.output_limit;
  if (!limit) limit = cap ? cap : kOutputDefault;
  if (context.output_limit) limit = std::min(*limit, *context.output_limit);
  return cap ? std::min(*limit, *cap) : *limit;
}

// White space alone is refused there (§1.2): the gateway watches for it.
Result<std::vector<std::string>> stop_sequences(ChatRequest const& request, UpstreamRequest& noted) {
  auto stops = stops_of(request);
  auto const white = std::stable_partition(stops.begin(), stops.end(), [](std::string const& stop) {
    return stop.find_first_not_of(" \n\r\t") != std::string::npos;
  });
  noted.stops.assign(white, stops.end());
  stops.erase(white, stops.end());
  if (noted.stops.empty()) return stops;
  noted.adapted.push_back(kWatchedStops);
  if (auto fits = stops_bearable(noted.stops); !fits) return fits.error();
  return stops;
}

// Opaque, as asked for: users are often named by their e-mail address.
std::string user_id(ChatRequest const& request) {
  auto const* safety = request.document.find("safety_identifier");
  auto id = safety ? text_of(request.document.raw(safety->value)) : std::string{};
  if (id.empty()) id = request.user;
  return id.empty() ? id : to_hex(crypto::sha256(as_bytes(id)));
}

std::string service_tier(ChatRequest const& request, std::vector<std::string>& dropped) {
  auto const& tier = request.service_tier;
  if (tier.empty()) return {};
  if (!leaves_out(treatments()[Feature::service_tier], request.said(Feature::service_tier)))
    return tier == "auto" ? "auto" : "standard_only";
  dropped.emplace_back("service_tier");
  return {};
}

struct Parts {
  Parts() = default;
  std::int64_t max_tokens = 0;
  Dialogue dialogue;
  ToolSet tools;
  Thinking thinking;
  Sampling sampling;
  std::vector<std::string> stops;
  std::string schema;
};

Result<std::string> answer_schema(AnswerFormat const& format, bool structured, Dialogue& dialogue) {
  if (format.kind == AnswerFormat::Kind::json_object)  // no equivalent (§3.1); last, so that the prefix stays
    dialogue.system.push_back(text_block(kJsonInstruction));
  if (format.kind != AnswerFormat::Kind::json_schema) return std::string{};
  if (!structured)
    return unsupported("response_format", "of type json_schema is not known to this model: use a newer one");
  if (format.schema.empty()) return wrong("response_format.json_schema.schema", "is required");
  auto fitted = fit_schema(format.schema, "response_format");
  if (!fitted) return fitted.error();
  return std::move(fitted->json);
}

Result<Parts> parts_of(ChatRequest const& request, EncodeContext const& context, UpstreamRequest& noted) {
  auto& dropped = noted.dropped;
  Parts out;
  Rules const rules{context.family};
  bool const structured = rules.flag("structured_outputs", true);
  out.max_tokens = output_limit(request, context);

  auto messages = conversation_of(request, dropped);
  if (let_user_speak(messages)) noted.adapted.emplace_back("messages", "system message as the user's");
  auto const asked = tools_of(request);
  ToolNames const names{kNameLimits, asked, messages};
  noted.renamed = names.back();
  auto tools = tool_set(request, asked, names, rules, structured, dropped);
  if (!tools) return tools.error();
  out.tools = std::move(*tools);

  std::vector<std::optional<Recalled>> recalled;
  for (auto const& m : messages)
    recalled.push_back(m.role == Role::assistant ? recall_turn(m, context) : std::nullopt);
  bool const exclusive = rules.flag("thinking_exclusive", false);
  bool const possible = !(exclusive && out.tools.forced) &&
                        !(exclusive && messages.back().role == Role::assistant) &&
                        (!manual_thinking(rules) || tool_loop_complete(messages, recalled));
  auto thinking = plan_thinking(request, rules, out.max_tokens, possible);
  if (!thinking) return thinking.error();
  out.thinking = std::move(*thinking);
  if (out.thinking.lost) dropped.emplace_back("reasoning_effort");
  if (!out.thinking.on) std::ranges::fill(recalled, std::nullopt);

  auto dialogue = dialogue_of(messages, recalled, names, rules, noted);
  if (!dialogue) return dialogue.error();
  out.dialogue = std::move(*dialogue);
  auto sampling = sampling_of(request, rules, out.thinking.on, dropped);
  if (!sampling) return sampling.error();
  out.sampling = std::move(*sampling);
  auto stops = stop_sequences(request, noted);
  if (!stops) return stops.error();
  out.stops = std::move(*stops);
  if (auto& bridge = out.tools.bridge) {
    out.schema = std::move(bridge->schema);
    out.dialogue.system.push_back(text_block(bridge->instruction));
    noted.forced = std::move(bridge->call);
    noted.adapted.emplace_back("tool_choice", "structured output, given back as a call");
    return out;
  }
  if (request.json_object) noted.adapted.emplace_back("response_format", "json_object as an instruction");
  auto schema = answer_schema(answer_format_of(request), structured, out.dialogue);
  if (!schema) return schema.error();
  out.schema = std::move(*schema);
  return out;
}

// Blocks bound to a prefix that has changed are left out there, not refused (§1.6).
constexpr std::string_view kDropUnbound = R"({"prefix_mismatch_behavior":"drop_block"})";

void write_thinking(json::Writer& w, Parts const& p, bool bound) {
  auto const& t = p.thinking;
  if (!t.raw.empty()) {
    w.key("thinking").raw(t.raw);
  } else if (!t.mode.empty() || bound) {
    w.key("thinking").begin_object().key("type").string(t.mode.empty() ? "adaptive" : t.mode);
    if (t.mode == "enabled") w.key("budget_tokens").integer(t.budget);
    if (bound) w.key("block_binding").raw(kDropUnbound);
    w.end_object();
  }
  if (t.effort.empty() && p.schema.empty()) return;
  w.key("output_config").begin_object();
  if (!t.effort.empty()) w.key("effort").string(t.effort);
  if (!p.schema.empty()) {
    w.key("format").begin_object().key("type").string("json_schema").key("schema").raw(p.schema);
    w.end_object();
  }
  w.end_object();
}

void write_blocks(json::Writer& w, std::vector<std::string> const& blocks) {
  w.begin_array();
  for (auto const& block : blocks) w.raw(block);
  w.end_array();
}

// The order that the provider's cache knows: tools, system, messages (§1.7); the rest before them.
std::string body_of(ChatRequest const& request, EncodeContext const& context, Parts const& p, bool bound,
                    std::vector<std::string>& dropped) {
  std::string out;
  out.reserve(request.document.text().size() + 512);  // much the same in another form
  json::Writer w{out};
  w.begin_object().key("model").string(context.upstream_model).key("max_tokens").integer(p.max_tokens);
  if (request.stream) w.key("stream").boolean(true);
  if (!p.sampling.temperature.empty()) w.key("temperature").raw(p.sampling.temperature);
  if (!p.sampling.top_p.empty()) w.key("top_p").raw(p.sampling.top_p);
  if (!p.sampling.top_k.empty()) w.key("top_k").raw(p.sampling.top_k);
  if (!p.stops.empty()) {
    w.key("stop_sequences").begin_array();
    for (auto const& stop : p.stops) w.string(stop);
    w.end_array();
  }
  if (auto const id = user_id(request); !id.empty())
    w.key("metadata").begin_object().key("user_id").string(id).end_object();
  if (auto const tier = service_tier(request, dropped); !tier.empty()) w.key("service_tier").string(tier);
  write_thinking(w, p, bound);
  if (auto const* own = request.document.find("cache_control");
      own && is_object(request.document.raw(own->value)))
    w.key("cache_control").raw(request.document.raw(own->value));
  if (!p.tools.tools.empty()) w.key("tools").raw(p.tools.tools);
  if (!p.tools.choice.empty()) w.key("tool_choice").raw(p.tools.choice);
  if (!p.dialogue.system.empty()) write_blocks(w.key("system"), p.dialogue.system);
  w.key("messages").begin_array();
  for (auto const& turn : p.dialogue.turns) {
    w.begin_object().key("role").string(turn.role);
    write_blocks(w.key("content"), turn.blocks);
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace

Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) {
  UpstreamRequest out;
  if (auto judged = judge(request, treatments(), out.dropped); !judged) return judged.error();
  auto const p = parts_of(request, context, out);
  if (!p) return p.error();
  bool const bound = p->dialogue.thinking_sent && p->thinking.raw.empty() &&
                     Rules{context.family}.flag("thinking_bound", false);
  out.body = body_of(request, context, *p, bound, out.dropped);
  out.wire = Wire::native;
  out.path = "/v1/messages";
  out.headers.set("anthropic-version", kVersion);
  if (bound) out.headers.set("anthropic-beta", "thinking-binding-controls-2026-08-01");
  out.stream = request.stream;
  out.may_think = p->thinking.on;
  return out;
}

}  // namespace tsg::providers::anthropic
