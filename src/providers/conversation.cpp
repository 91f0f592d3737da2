#include "providers/conversation.hpp"

#include <algorithm>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "providers/read_messages.hpp"

namespace tsg::providers {
namespace {

Role role_of(std::string_view raw) {
  auto const name = text_of(raw);
  if (name == "system") return Role::system;
  if (name == "developer") return Role::developer;
  if (name == "assistant") return Role::assistant;
  if (name == "tool" || name == "function") return Role::tool;
  return Role::user;
}

Part read_part(RawNode const& part, std::string_view raw, std::string at) {
  Part out;
  out.raw = raw;
  out.at = std::move(at);
  auto const type = text_of(part["type"]);
  if (type == "text" || type == "refusal") {
    out.kind = type == "text" ? Part::Kind::text : Part::Kind::refusal;
    out.value = part[type];
  } else if (type == "image_url") {
    auto const image = part.child("image_url");
    out.kind = Part::Kind::image;
    out.value = image["url"];
    out.detail = unless_null(image["detail"]);
  } else if (type == "input_audio") {
    auto const audio = part.child("input_audio");
    out.kind = Part::Kind::audio;
    out.value = audio["data"];
    out.detail = unless_null(audio["format"]);
  } else if (type == "file") {
    auto const file = part.child("file");
    out.kind = Part::Kind::file;
    out.value = unless_null(file["file_data"]);
    out.detail = unless_null(file["filename"]);
    out.file_id = unless_null(file["file_id"]);
  } else {
    out.kind = Part::Kind::other;
  }
  return out;
}

void read_content(RawNode const& message, Message& m, std::vector<std::string>& dropped) {
  auto const& at = m.at;
  auto& out = m.parts;
  auto const* content = message.find("content");
  if (!content || is_null(message.raw(*content))) return;
  auto const raw = message.raw(*content);
  if (is_string(raw)) {
    Part part;
    part.value = raw;
    part.at = at + ".content";
    out.push_back(std::move(part));
    return;
  }
  auto const parts = message.child(*content);
  std::size_t i = 0;
  for (auto const& element : parts.members()) {
    auto const part = parts.child(element);
    auto where = indexed(at + ".content", i++);
    if (m.role == Role::assistant && is_thought(text_of(part["type"])))
      note_dropped(dropped, "messages.thinking");
    else
      out.push_back(read_part(part, parts.raw(element), std::move(where)));
  }
}

ToolCall read_call(RawNode const& call, std::string_view raw, std::string at) {
  ToolCall out;
  out.raw = raw;
  out.at = std::move(at);
  out.id = text_of(call["id"]);
  out.custom = text_of(call["type"]) == "custom";
  auto const body = call.child(out.custom ? "custom" : "function");
  out.name = text_of(body["name"]);
  out.arguments = unless_null(body[out.custom ? "input" : "arguments"]);
  return out;
}

// Before tools there was one call per message, answered by name; the id is ours, told by the position.
class Legacy {
 public:
  void call(RawNode const& message, Message& out) {
    auto const* legacy = message.find("function_call");
    if (!legacy || !is_object(message.raw(*legacy))) return;
    auto const body = message.child(*legacy);
    ToolCall call;
    call.id = last_id_ = "call_fn_" + std::to_string(count_++);
    call.name = text_of(body["name"]);
    call.arguments = unless_null(body["arguments"]);
    call.raw = message.raw(*legacy);
    call.at = out.at + ".function_call";
    out.calls.push_back(std::move(call));
  }
  std::string const& answered() const noexcept { return last_id_; }

 private:
  std::size_t count_ = 0;
  std::string last_id_ = "call_fn_0";
};

}  // namespace

std::vector<Message> conversation_of(ChatRequest const& request, std::vector<std::string>& dropped) {
  std::vector<Message> out;
  auto const& d = request.document;
  auto const* list = d.find("messages");
  auto const root = RawNode{d.text(), json::scan_children(d.text(), list->value).value()};
  out.reserve(root.members().size() + 1);
  if (request.normalized) {
    Message system;
    system.role = Role::system;
    system.at = "system";
    Part part;
    part.value = d.raw(d.find("system")->value);
    part.at = "system";
    system.parts.push_back(std::move(part));
    out.push_back(std::move(system));
  }
  Legacy legacy;
  std::size_t i = 0;
  for (auto const& element : root.members()) {
    auto const message = root.child(element);
    Message m;
    m.at = indexed("messages", i++);
    m.raw = root.raw(element);
    m.role = role_of(message["role"]);
    m.name = unless_null(message["name"]);
    read_content(message, m, dropped);
    if (m.role == Role::tool) {
      m.tool_call_id = text_of(message["tool_call_id"]);
      if (m.tool_call_id.empty()) m.tool_call_id = legacy.answered();
    }
    if (m.role == Role::assistant) {
      m.reasoning = unless_null(message["reasoning_content"]);
      if (auto const refusal = unless_null(message["refusal"]); !refusal.empty()) {
        Part part;
        part.kind = Part::Kind::refusal;
        part.value = refusal;
        part.at = m.at + ".refusal";
        m.parts.push_back(std::move(part));
      }
      auto const calls = message.child("tool_calls");
      std::size_t n = 0;
      for (auto const& call : calls.members())
        m.calls.push_back(read_call(calls.child(call), calls.raw(call), indexed(m.at + ".tool_calls", n++)));
      legacy.call(message, m);
    }
    out.push_back(std::move(m));
  }
  return out;
}

bool blank(std::string_view raw_text) noexcept {
  for (std::size_t i = 1; i + 1 < raw_text.size(); ++i) {
    if (raw_text[i] == ' ') continue;
    if (raw_text[i] != '\\' || std::string_view{"nrt"}.find(raw_text[i + 1]) == std::string_view::npos)
      return false;
    ++i;
  }
  return true;
}

bool let_user_speak(std::vector<Message>& messages) {
  auto const silent = [](Message const& m) {
    return m.calls.empty() && std::ranges::all_of(m.parts, [](Part const& p) {
             return (p.kind == Part::Kind::text || p.kind == Part::Kind::refusal) && blank(p.value);
           });
  };
  Message* last = nullptr;
  for (auto& m : messages) {
    bool const instructs = m.role == Role::system || m.role == Role::developer;
    if (!instructs && (m.role == Role::tool || !silent(m))) return false;
    if (instructs && !silent(m)) last = &m;
  }
  if (last != nullptr) last->role = Role::user;
  return last != nullptr;
}

void instruct_json(std::vector<Message>& messages, std::vector<Adapted>& adapted) {
  Message m;
  m.role = Role::system;
  m.at = "response_format";
  Part part;
  part.value = kJsonInstruction;
  part.at = m.at;
  m.parts.push_back(std::move(part));
  auto const first = std::ranges::find_if(messages, [](Message const& other) {
    return other.role != Role::system && other.role != Role::developer;
  });
  messages.insert(first, std::move(m));
  adapted.emplace_back("response_format", "json_object as an instruction");
}

Result<> check_detail(Part const& image) {
  constexpr std::string_view kWords = "auto|low|high|original";
  if (image.detail.empty()) return boost::system::in_place_value;
  auto const word = text_of(image.detail);
  for (auto words = kWords; !words.empty();) {
    auto const one = words.substr(0, words.find('|'));
    if (one == word) return boost::system::in_place_value;
    words.remove_prefix(std::min(words.size(), one.size() + 1));
  }
  return none_of(image.at + ".image_url.detail", kWords);
}

std::string plain_text(Message const& message) {
  std::string out;
  for (auto const& part : message.parts)
    if (part.kind == Part::Kind::text || part.kind == Part::Kind::refusal) out += text_of(part.value);
  return out;
}

}  // namespace tsg::providers
