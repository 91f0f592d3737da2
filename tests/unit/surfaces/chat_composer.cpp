#include "unit/surfaces/chat_composer.hpp"

#include "tsg/json/writer.hpp"

namespace tsg::surfaces {
namespace {

using conversation::Item;
using conversation::Part;
using conversation::Role;
using Kind = Item::Kind;

std::string_view name_of(Role role) {
  constexpr std::string_view names[]{"system", "developer", "user", "assistant", "tool"};
  return names[static_cast<std::size_t>(role)];
}

// The members of one message.
struct Draft {
  Role role = Role::user;
  std::string parts, refusal, reasoning_content, reasoning, blocks, calls, audio, name, cache, call_id;
  std::string_view text;  // content that is one string
  bool said = false;
};

void add(std::string& list, std::string_view element) {
  if (!list.empty()) list += ',';
  list += element;
}

std::string called(Item const& item) {
  std::string out;
  json::Writer w{out};
  std::string_view const type = item.custom ? "custom" : "function";
  w.begin_object().key("id").string(item.call_id).key("type").string(type).key(type).begin_object();
  w.key("name").string(item.name).key(item.custom ? "input" : "arguments").raw(item.arguments).end_object();
  if (!item.cache.empty()) w.key("cache_control").raw(item.cache);
  w.end_object();
  return out;
}

void think(Draft& m, Item const& item) {
  if (!item.sealed.empty()) return add(m.blocks, item.raw);
  if (item.raw.starts_with('{')) {
    m.said = true;  // it stands among the words, so there is a list of them
    return add(m.parts, item.raw);
  }
  (m.reasoning_content.empty() ? m.reasoning_content : m.reasoning) = item.raw;
}

void say(Draft& m, Item const& item) {
  m.said = true;
  m.name = item.speaker;
  m.cache = item.cache;
  m.call_id = item.call_id;
  for (auto const& part : item.parts) {
    if (!part.raw.empty())
      add(m.parts, part.raw);
    else if (part.kind == Part::Kind::refusal)
      m.refusal = part.value;
    else
      m.text = part.value;
  }
}

std::string written(Draft const& m) {
  std::string out;
  json::Writer w{out};
  auto const member = [&](std::string_view key, std::string_view raw) {
    if (!raw.empty()) w.key(key).raw(raw);
  };
  w.begin_object().key("role").string(name_of(m.role));
  bool const elsewhere = !m.refusal.empty() || (!m.name.empty() && m.role == Role::assistant);
  if (!m.text.empty())
    w.key("content").raw(m.text);
  else if (m.said && (!m.parts.empty() || !elsewhere))
    w.key("content").raw("[" + m.parts + "]");
  if (m.role == Role::tool) w.key("tool_call_id").string(m.call_id);
  member("name", m.name);
  member("refusal", m.refusal);
  member("reasoning_content", m.reasoning_content);
  member("reasoning", m.reasoning);
  member("audio", m.audio);
  member("cache_control", m.cache);
  if (!m.blocks.empty()) w.key("thinking_blocks").raw("[" + m.blocks + "]");
  if (!m.calls.empty()) w.key("tool_calls").raw("[" + m.calls + "]");
  w.end_object();
  return out;
}

void show(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out.append(" ").append(name).append("=").append(value);
}

}  // namespace

std::string composed(conversation::Prompt const& prompt) {
  std::string messages, tools, functions;
  for (std::size_t i = 0; i < prompt.items.size();) {
    Draft m;
    m.role = prompt.items[i].role;
    auto const turn = prompt.items[i].turn;
    for (; i < prompt.items.size() && prompt.items[i].turn == turn; ++i) {
      auto const& item = prompt.items[i];
      if (item.kind == Kind::thought) think(m, item);
      if (item.kind == Kind::other) m.audio = item.raw;
      if (item.kind == Kind::call) add(m.calls, called(item));
      if (item.kind == Kind::say || item.kind == Kind::result) say(m, item);
    }
    add(messages, written(m));
  }
  for (auto const& tool : prompt.offered) add(tool.where.list == "tools" ? tools : functions, tool.raw);
  std::string out;
  json::Writer w{out};
  w.begin_object().key("model").string(prompt.model).key("messages").raw("[" + messages + "]");
  if (!tools.empty()) w.key("tools").raw("[" + tools + "]");
  if (!functions.empty()) w.key("functions").raw("[" + functions + "]");
  for (auto const key : {"tool_choice", "function_call", "response_format", "stop", "parallel_tool_calls"})
    if (auto const raw = prompt.said(std::string_view{key}); !raw.empty()) w.key(key).raw(raw);
  w.end_object();
  return out;
}

std::string shown(conversation::Prompt const& prompt) {
  std::string out;
  for (auto const& item : prompt.items) {
    out += "item " + std::to_string(static_cast<int>(item.kind)) + " turn " + std::to_string(item.turn);
    show(out, "role", name_of(item.role));
    if (item.custom) out += " custom";
    show(out, "call_id", item.call_id);
    show(out, "name", item.name);
    show(out, "speaker", item.speaker);
    show(out, "arguments", item.arguments);
    show(out, "origin", item.origin);
    show(out, "sealed", item.sealed);
    show(out, "cache", item.cache);
    out += "\n";
    for (auto const& part : item.parts) {
      out += "  part " + std::to_string(static_cast<int>(part.kind));
      show(out, "value", part.value);
      show(out, "detail", part.detail);
      show(out, "file_id", part.file_id);
      show(out, "cache", part.cache);
      show(out, "raw", part.raw);
      out += "\n";
    }
  }
  for (auto const& tool : prompt.offered) {
    out += "tool " + std::to_string(static_cast<int>(tool.kind)) + " " +
           std::to_string(static_cast<int>(tool.strictness));
    show(out, "type", tool.type);
    show(out, "name", tool.name);
    show(out, "description", tool.description);
    show(out, "schema", tool.schema);
    show(out, "format", tool.format);
    show(out, "cache", tool.cache);
    out += "\n";
  }
  if (!prompt.choice)
    out += "choice " + std::string{prompt.choice.error().message()};
  else
    out += "choice " + std::to_string(static_cast<int>(prompt.choice->kind)) + " " + prompt.choice->name;
  out += " parallel " + std::to_string(prompt.parallel) + " format " +
         std::to_string(static_cast<int>(prompt.format.kind));
  show(out, "schema", prompt.format.schema);
  for (auto const& stop : prompt.stops) show(out, "stop", stop);
  return out + "\n";
}

}  // namespace tsg::surfaces
