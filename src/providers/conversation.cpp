#include "providers/conversation.hpp"

#include <algorithm>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"

namespace tsg::providers {
namespace {

Part part_of(conversation::Part const& from) {
  using Kind = conversation::Part::Kind;
  Part out;
  switch (from.kind) {
    case Kind::text:
      out.kind = Part::Kind::text;
      break;
    case Kind::refusal:
      out.kind = Part::Kind::refusal;
      break;
    case Kind::image:
      out.kind = Part::Kind::image;
      break;
    case Kind::audio:
      out.kind = Part::Kind::audio;
      break;
    case Kind::file:
      out.kind = Part::Kind::file;
      break;
    case Kind::other:
      out.kind = Part::Kind::other;
      break;
  }
  out.value = from.value;
  out.detail = from.detail;
  out.file_id = from.file_id;
  out.raw = from.raw;
  out.at = from.where.text();
  return out;
}

ToolCall call_of(conversation::Item const& item) {
  ToolCall out;
  out.id = item.call_id;
  out.name = item.name;
  out.arguments = item.arguments;
  out.raw = item.raw;
  out.custom = item.custom;
  out.at = item.where.text();
  return out;
}

}  // namespace

std::vector<Message> conversation_of(ChatRequest const& request, std::vector<std::string>& dropped) {
  using Kind = conversation::Item::Kind;
  std::vector<Message> out;
  out.reserve(request.items.size());
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    auto const& item = request.items[i];
    if (i == 0 || item.turn != request.items[i - 1].turn) {
      auto& m = out.emplace_back();
      m.role = item.role;
      m.raw = item.group;
      m.at = conversation::Where{item.where.list, item.where.index}.text();
    }
    auto& m = out.back();
    if (item.kind == Kind::thought && item.where.member == ".content")
      note_dropped(dropped, "messages.thinking");
    if (item.kind == Kind::call) m.calls.push_back(call_of(item));
    if (item.kind != Kind::say && item.kind != Kind::result) continue;
    m.name = item.speaker;
    m.tool_call_id = item.call_id;
    for (auto const& part : item.parts) m.parts.push_back(part_of(part));
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
