// A message becomes the items that it stands for: thoughts, words, calls. Chat does not say in which order
// they came; what led to the words stands before them, and the calls behind.
#include "surfaces/chat/items.hpp"

#include "surfaces/chat/messages.hpp"
#include "surfaces/common.hpp"
#include "tsg/json/children.hpp"

namespace tsg::surfaces::chat {
namespace {

using conversation::Item;
using conversation::Part;
using conversation::Role;
using conversation::Where;

struct Message {  // its members as they were written; null is absent
  Message() = default;
  std::string_view role, name, content, refusal, calls, call, result_of, reasoning, reasoning_content, blocks,
      audio, cache;
};

Message members_of(std::string_view raw) {
  Message m;
  each(raw, [&](std::string_view spelt, std::string_view value) {
    Key const key{spelt};
    auto const take = [&](std::string_view name, std::string_view& into) {
      if (!(key == name)) return false;
      into = unless_null(value);
      return true;
    };
    (void)(take("role", m.role) || take("content", m.content) || take("name", m.name) ||
           take("tool_calls", m.calls) || take("tool_call_id", m.result_of) || take("refusal", m.refusal) ||
           take("function_call", m.call) || take("reasoning_content", m.reasoning_content) ||
           take("reasoning", m.reasoning) || take("thinking_blocks", m.blocks) || take("audio", m.audio) ||
           take("cache_control", m.cache));
  });
  return m;
}

class Reader {
 public:
  explicit Reader(Prompt& prompt) : prompt_{prompt} {}

  void read() {
    auto const& d = prompt_.document;
    if (prompt_.normalized) top_system(d.raw(d.find("system")->value));
    auto const list = d.raw(d.find("messages")->value);
    prompt_.items.reserve(prompt_.message_count + prompt_.items.size());
    std::int32_t i = 0;
    each(list, [&](std::string_view, std::string_view raw) {
      message(raw, i++);
      ++turn_;
    });
  }

 private:
  Item& add(Item::Kind kind, Role role, Where where, std::string_view raw) {
    auto& item = prompt_.items.emplace_back();
    item.kind = kind;
    item.role = role;
    item.where = where;
    item.raw = raw;
    item.group = group_;
    item.turn = turn_;
    return item;
  }

  void top_system(std::string_view text) {
    auto& item = add(Item::Kind::say, Role::system, Where{"system"}, {});
    part(item, Part::Kind::text, text, item.where);
    ++turn_;
  }

  static Part& part(Item& item, Part::Kind kind, std::string_view value, Where where) {
    auto& part = item.parts.emplace_back();
    part.kind = kind;
    part.value = value;
    part.where = where;
    return part;
  }

  Role role_of(std::string_view raw) {
    auto const name = said_by(prompt_, raw);
    if (name == "system") return Role::system;
    if (name == "developer") return Role::developer;
    if (name == "assistant") return Role::assistant;
    if (name == "tool" || name == "function") return Role::tool;
    return Role::user;
  }

  void message(std::string_view raw, std::int32_t index) {
    auto const m = members_of(raw);
    auto const role = role_of(m.role);
    Where const here{"messages", index};
    group_ = raw;
    auto const before = prompt_.items.size();
    if (role == Role::assistant) thoughts(m, here);
    if (role == Role::assistant && is_object(m.audio))  // an earlier answer, kept by its provider
      add(Item::Kind::other, role, Where{here.list, index, ".audio"}, m.audio);
    bool const speaks = !m.content.empty() || !m.refusal.empty() || !m.name.empty();
    if (speaks || role == Role::tool) say(m, role, here, raw);
    if (role == Role::assistant) calls(m, here);
    if (prompt_.items.size() == before) say(m, role, here, raw);  // it said nothing, and is one all the same
  }

  void say(Message const& m, Role role, Where here, std::string_view raw) {
    auto& item = add(role == Role::tool ? Item::Kind::result : Item::Kind::say, role, here, raw);
    item.speaker = m.name;
    item.cache = object_or_none(m.cache);
    if (role == Role::tool) {
      item.call_id = said_by(prompt_, m.result_of);
      if (item.call_id.empty()) item.call_id = last_legacy_;
    }
    content(item, m.content, here);
    if (role == Role::assistant && !m.refusal.empty())
      part(item, Part::Kind::refusal, m.refusal, Where{here.list, here.index, ".refusal"});
  }

  void content(Item& item, std::string_view content, Where here) {
    if (is_string(content)) {
      part(item, Part::Kind::text, content, Where{here.list, here.index, ".content"});
      return;
    }
    if (!is_array(content)) return;
    std::int32_t i = 0;
    each(content, [&](std::string_view, std::string_view raw) {
      Where const where{here.list, here.index, ".content", i++};
      if (item.role == Role::assistant && is_thought(type_of(raw))) return;  // an item of its own
      read_part(part(item, Part::Kind::other, {}, where), raw);
    });
  }

  std::string_view type_of(std::string_view part) { return said_by(prompt_, json::member_of(part, "type")); }

  void read_part(Part& out, std::string_view raw) {
    std::string_view text, refusal, image, audio, file;
    out.raw = raw;
    std::string_view type;
    each(raw, [&](std::string_view spelt, std::string_view value) {
      Key const key{spelt};
      if (key == "type") type = said_by(prompt_, value);
      if (key == "text") text = value;
      if (key == "refusal") refusal = value;
      if (key == "image_url") image = value;
      if (key == "input_audio") audio = value;
      if (key == "file") file = value;
      if (key == "cache_control") out.cache = object_or_none(value);
    });
    if (type == "text" || type == "refusal") {
      out.kind = type == "text" ? Part::Kind::text : Part::Kind::refusal;
      out.value = type == "text" ? text : refusal;
    } else if (type == "image_url") {
      out.kind = Part::Kind::image;
      out.value = json::member_of(image, "url");
      out.detail = unless_null(json::member_of(image, "detail"));
    } else if (type == "input_audio") {
      out.kind = Part::Kind::audio;
      out.value = json::member_of(audio, "data");
      out.detail = unless_null(json::member_of(audio, "format"));
    } else if (type == "file") {
      out.kind = Part::Kind::file;
      out.value = unless_null(json::member_of(file, "file_data"));
      out.detail = unless_null(json::member_of(file, "filename"));
      out.file_id = unless_null(json::member_of(file, "file_id"));
    }
  }

  // In all the forms that clients keep them in.
  void thoughts(Message const& m, Where here) {
    auto const readable = [&](std::string_view text, conversation::Word member) {
      if (!is_string(text)) return;
      Where const where{here.list, here.index, member};
      part(add(Item::Kind::thought, Role::assistant, where, text), Part::Kind::text, text, where);
    };
    readable(m.reasoning_content, ".reasoning_content");
    readable(m.reasoning, ".reasoning");
    std::int32_t i = 0;
    if (is_array(m.blocks))
      each(m.blocks, [&](std::string_view, std::string_view raw) {
        Where const where{here.list, here.index, ".thinking_blocks", i++};
        auto& item = add(Item::Kind::thought, Role::assistant, where, raw);
        item.sealed = raw;
        item.origin = "anthropic";
      });
    if (!is_array(m.content)) return;
    i = 0;
    each(m.content, [&](std::string_view, std::string_view raw) {
      Where const where{here.list, here.index, ".content", i++};
      if (!is_thought(type_of(raw))) return;
      auto& item = add(Item::Kind::thought, Role::assistant, where, raw);
      for (std::string_view const name : {"thinking", "text", "reasoning"})
        if (auto const text = json::member_of(raw, name); is_string(text)) {
          part(item, Part::Kind::text, text, where);
          break;
        }
    });
  }

  void calls(Message const& m, Where here) {
    std::int32_t i = 0;
    if (is_array(m.calls))
      each(m.calls, [&](std::string_view, std::string_view raw) {
        auto& item =
            add(Item::Kind::call, Role::assistant, Where{here.list, here.index, ".tool_calls", i++}, raw);
        std::string_view type, function, custom;
        each(raw, [&](std::string_view spelt, std::string_view value) {
          Key const key{spelt};
          if (key == "id") item.call_id = said_by(prompt_, value);
          if (key == "type") type = said_by(prompt_, value);
          if (key == "function") function = value;
          if (key == "custom") custom = value;
          if (key == "cache_control") item.cache = object_or_none(value);
        });
        item.custom = type == "custom";
        called(item, item.custom ? custom : function, item.custom ? "input" : "arguments");
      });
    // Before tools there was one call per message, answered by name; the id is ours, told by the position.
    if (!is_object(m.call)) return;
    auto& item =
        add(Item::Kind::call, Role::assistant, Where{here.list, here.index, ".function_call"}, m.call);
    item.call_id = last_legacy_ = prompt_.own.emplace_front("call_fn_" + std::to_string(legacy_calls_++));
    called(item, m.call, "arguments");
  }

  void called(Item& item, std::string_view body, std::string_view arguments) {
    each(body, [&](std::string_view spelt, std::string_view value) {
      Key const key{spelt};
      if (key == "name") item.name = said_by(prompt_, value);
      if (key == arguments) item.arguments = unless_null(value);
    });
  }

  Prompt& prompt_;
  std::string_view group_;
  std::uint32_t turn_ = 0;
  std::size_t legacy_calls_ = 0;
  std::string_view last_legacy_ = "call_fn_0";
};

}  // namespace

void take_items(Prompt& prompt) {
  Reader{prompt}.read();
}

}  // namespace tsg::surfaces::chat
