// Chat completions for xAI: the client's bytes, without what xAI answers with a 400 (§4.3).
#include <algorithm>
#include <array>

#include "providers/effort.hpp"
#include "providers/judge.hpp"
#include "providers/sampling.hpp"
#include "providers/turns.hpp"
#include "providers/xai/adapter.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers::xai {
namespace {

bool thinks(EncodeContext const& context) noexcept {
  auto const* model = context.model ? context.model : context.family;
  return model && model->capabilities.reasoning;
}

RawNode node(json::Document const& d, std::string_view key) {
  auto const* m = d.find(key);
  auto const raw = m ? d.raw(m->value) : std::string_view{};
  if (!is_object(raw) && !is_array(raw)) return {};
  auto scanned = json::scan_children(d.text(), m->value);
  return scanned ? RawNode{d.text(), std::move(*scanned)} : RawNode{};
}

// Reasoning models refuse these even where they ask for nothing.
constexpr std::array<std::string_view, 3> kPlainModelsOnly{"stop", "frequency_penalty", "presence_penalty"};

void strip_names(json::Edits& edits, json::Document const& d) {
  auto const messages = node(d, "messages");
  for (auto const& element : messages.members()) {
    auto const message = messages.child(element);
    auto const role = text_of(message["role"]);
    auto const* name = message.find("name");
    if (name && role != "user" && role != "function") edits.erase_member(d.text(), *name);
  }
}

void strip_strict(json::Edits& edits, json::Document const& d) {
  auto const tools = node(d, "tools");
  for (auto const& element : tools.members()) {
    auto const function = tools.child(element).child("function");
    if (auto const* strict = function.find("strict")) edits.erase_member(d.text(), *strict);
  }
}

// A header's value: whatever else a client put there stays here.
bool header_safe(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

Wire choose_api(ChatRequest const& request, EncodeContext const& context) {
  if (context.api == "responses") return Wire::responses;
  if (context.api == "chat") return Wire::chat;
  return thinks(context) || request.server_tools ? Wire::responses : Wire::chat;
}

Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context) {
  std::vector<std::string> dropped;
  if (auto ok = judge(request, chat_treatments(), dropped); !ok) return ok.error();
  if (request.audio_in) return unsupported("messages", "hold audio, which xAI does not take: send its text");
  for (auto const& tool : request.offered)
    if (tool.kind == conversation::Tool::Kind::custom)
      return unsupported(tool.where.text(), "is a custom tool, which xAI does not know: make it a function");
  for (auto const& item : request.items)
    for (auto const& part : item.parts)
      if (part.kind == conversation::Part::Kind::image)
        if (auto known = check_detail(part); !known) return known.error();
  auto const& choice = request.choice;
  if (!choice) return choice.error();
  if (choice->kind == conversation::ToolChoice::Kind::allowed)
    return unsupported("tool_choice",
                       "of type allowed_tools is not known to xAI's chat completions: send those tools only");
  auto const effort = effort_of(request, context, dropped);
  if (!effort) return effort.error();

  auto const& d = request.document;
  json::Edits edits;
  bool const no_tools = !request.tools;
  for (auto const& m : d.members()) {
    auto const& known = chat_treatments()[conversation::feature_of(request.surface, m.key)];
    bool out = known.fate != Fate::mapped || m.key == "prompt_cache_key";
    out |= m.key == "reasoning_effort" && effort->empty();
    out |= no_tools && (m.key == "tools" || m.key == "tool_choice" || m.key == "parallel_tool_calls");
    bool const nothing = asks_for_nothing(d.raw(m.value), known.neutral);
    if (std::ranges::find(kPlainModelsOnly, m.key) != kPlainModelsOnly.end()) {
      if (thinks(context) && !nothing) {
        if (m.key == "stop")
          return unsupported(
              "stop",
              "is not taken by xAI's reasoning models on chat completions: let the instance say api: auto");
        if (auto waived = waive(request, m.key, dropped); !waived) return waived.error();
      }
      out |= thinks(context) || (nothing && m.key == "stop");
    }
    if (out)
      edits.erase_member(d.text(), m);
    else if (m.key == "tool_choice" && choice->respelt)
      edits.replace(m.value, chat_choice(*choice));
  }
  strip_names(edits, d);
  strip_strict(edits, d);

  auto encoded = openai::encode_chat(request, context, std::move(edits));
  if (!encoded) return encoded;
  encoded->dropped = std::move(dropped);
  // Caches are per server: the header keeps a talk on one.
  if (auto const id = text_of(request.said(conversation::Feature::cache_key)); header_safe(id))
    encoded->headers.set("x-grok-conv-id", id);
  return encoded;
}

}  // namespace tsg::providers::xai
