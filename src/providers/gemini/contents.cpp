// Messages to contents (§3.2): two roles only, all results of one step in one content, signatures in place.
#include <map>
#include <set>

#include "providers/conversation.hpp"
#include "providers/gemini/encode.hpp"
#include "providers/gemini/media.hpp"
#include "providers/gemini/signature.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

// One element of `contents`. Calls and their results stand alone: nothing may be merged into them.
struct Turn {
  Turn(bool m, bool s) : model{m}, sealed{s} {}
  bool model, sealed;
  std::string parts;
};

// The first element is the list: one long text is nearly all of a long request.
void add(std::string& list, std::string element) {
  if (list.empty()) {
    list = std::move(element);
    return;
  }
  list += ',';
  list += element;
}

// `value` is a JSON string as the client wrote it. Empty texts are left out: newer models refuse them.
bool empty_text(std::string_view value) noexcept {
  return value.size() <= 2;
}
std::string text_part(std::string_view value, std::string_view signature = {}) {
  std::string out;
  out.reserve(value.size() + signature.size() + 48);
  json::Writer w{out};
  w.begin_object().key("text").raw(value);
  if (!signature.empty()) w.key("thoughtSignature").string(signature);
  w.end_object();
  return out;
}

std::string blank_trimmed(std::string text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

class Conversation {
 public:
  explicit Conversation(Encoding& e) : e_{e}, messages_{e.messages} {}

  Result<Contents> read() {
    for (at_ = 0; at_ < messages_.size();) {
      auto const& m = messages_[at_++];
      auto done = m.role == Role::user        ? user(m)
                  : m.role == Role::assistant ? assistant(m)
                  : m.role == Role::tool      ? stray_result(m)
                                              : system(m);
      if (!done) return done.error();
    }
    return finish();
  }

 private:
  // Wherever it stands, in order: there is no role for it among the contents.
  Result<> system(Message const& m) {
    for (auto const& part : m.parts) {
      if (part.kind != Part::Kind::text) return unsupported(part.at, "must be text in a system message");
      if (!empty_text(part.value)) add(out_.system, text_part(part.value));
    }
    return boost::system::in_place_value;
  }

  Result<> user(Message const& m) {
    std::string parts;
    for (auto const& part : m.parts)
      if (auto added = add_part(part, parts); !added) return added;
    append(false, std::move(parts));
    return boost::system::in_place_value;
  }

  Result<> add_part(Part const& part, std::string& parts) {
    if (part.kind == Part::Kind::text || part.kind == Part::Kind::refusal) {
      if (!empty_text(part.value)) add(parts, text_part(part.value));
      return boost::system::in_place_value;
    }
    auto media = media_part(part, e_);
    if (!media) return media.error();
    add(parts, std::move(*media));
    return boost::system::in_place_value;
  }

  // A turn of the same side grows; an empty one is none.
  void append(bool model, std::string parts) {
    if (parts.empty()) return;
    if (turns_.empty() || turns_.back().model != model || turns_.back().sealed)
      turns_.emplace_back(model, false);
    add(turns_.back().parts, std::move(parts));
  }

  Result<> assistant(Message const& m) {
    std::string parts;
    auto const signature = sent_signature(m.raw);
    Part const* last = nullptr;
    for (auto const& part : m.parts) {
      if (part.kind != Part::Kind::text && part.kind != Part::Kind::refusal)
        return unsupported(part.at, "must be text in an assistant message");
      if (!empty_text(part.value)) last = &part;
    }
    for (auto const& part : m.parts)
      if (!empty_text(part.value))
        add(parts, text_part(part.value, &part == last ? signature : std::string{}));
    if (m.calls.empty()) {
      append(true, std::move(parts));
      return boost::system::in_place_value;
    }
    bool first = true;
    for (auto const& call : m.calls) {
      auto made = call_part(call, std::exchange(first, false));
      if (!made) return made.error();
      add(parts, std::move(*made));
    }
    turns_.emplace_back(true, true).parts = std::move(parts);
    return results(m);
  }

  // Only the first call of a step must be signed; others are if they were.
  std::string signature_of(ToolCall const& call, bool first) const {
    if (auto sent = sent_signature(call.raw); !sent.empty()) return sent;
    if (auto remembered = recalled_signature(e_.context, call.id); !remembered.empty()) return remembered;
    bool const required = e_.rules.text("signatures", "required") == "required";
    return std::string{first && required ? kNoSignature : std::string_view{}};
  }

  Result<std::string> call_part(ToolCall const& call, bool first) const {
    if (call.custom) return unsupported(call.at + ".type", "must be function for this provider");
    auto arguments = blank_trimmed(text_of(call.arguments));
    if (arguments.empty()) arguments = "{}";
    if (auto const parsed = RawNode::parse(arguments);
        !parsed)  // spliced as it is: numbers keep their spelling
      return wrong(call.at + ".function.arguments", "must be the text of a JSON object");
    std::string out;
    json::Writer w{out};
    w.begin_object().key("functionCall").begin_object();
    if (!call.id.empty()) w.key("id").string(call.id);
    w.key("name").string(e_.names.out(call.name)).key("args").raw(arguments).end_object();
    if (auto const signature = signature_of(call, first); !signature.empty())
      w.key("thoughtSignature").string(signature);
    w.end_object();
    return out;
  }

  // The run of tool messages behind the calls, in the order of the calls: one content, as many as there are.
  Result<> results(Message const& caller) {
    std::set<std::string_view> asked;
    for (auto const& call : caller.calls) asked.insert(call.id);
    std::map<std::string_view, Message const*, std::less<>> given;
    for (; at_ < messages_.size() && messages_[at_].role == Role::tool; ++at_) {
      auto const& m = messages_[at_];
      if (!asked.contains(m.tool_call_id))
        return wrong(m.at + ".tool_call_id", "must be the id of a call in the assistant message before it");
      if (!given.emplace(m.tool_call_id, &m).second)
        return wrong(m.at + ".tool_call_id", "is answered twice");
    }
    std::string responses, attached;
    for (auto const& call : caller.calls) {
      auto const found = given.find(call.id);
      if (found == given.end()) return wrong(call.at + ".id", "must be answered by a tool message");
      auto response = response_part(call, *found->second, attached);
      if (!response) return response.error();
      add(responses, std::move(*response));
    }
    turns_.emplace_back(false, true).parts = std::move(responses);
    append(false, std::move(attached));
    return boost::system::in_place_value;
  }

  // Images of a result go into it, or for older models into a user content behind all results.
  Result<std::string> response_part(ToolCall const& call, Message const& m, std::string& attached) {
    std::string media;
    for (auto const& part : m.parts) {
      if (part.kind == Part::Kind::text || part.kind == Part::Kind::refusal) continue;
      auto one = media_part(part, e_);
      if (!one) return one.error();
      add(media, std::move(*one));
    }
    std::string out;
    json::Writer w{out};
    w.begin_object().key("functionResponse").begin_object();
    if (!call.id.empty()) w.key("id").string(call.id);
    w.key("name").string(e_.names.out(call.name)).key("response").raw(response(m));
    bool const inside = e_.rules.flag("tool_result_media", true);
    if (!media.empty() && inside) w.key("parts").begin_array().raw(media).end_array();
    w.end_object().end_object();
    if (!media.empty() && !inside) {
      add(attached, text_part(json::quoted("Attached to the result of " + call.name + ":")));
      add(attached, std::move(media));
    }
    return out;
  }

  // An object as it is; anything else has to be put into one.
  static std::string response(Message const& m) {
    auto text = plain_text(m);
    if (auto const trimmed = blank_trimmed(text); trimmed.starts_with('{') && RawNode::parse(trimmed))
      return trimmed;
    std::string out;
    json::Writer w{out};
    w.begin_object().key("output").string(text).end_object();
    return out;
  }

  static Result<> stray_result(Message const& m) {
    return wrong(m.at, "must follow an assistant message with tool_calls");
  }

  Result<Contents> finish() {
    if (turns_.empty())
      return unsupported("messages", "must have a user message with content for this provider");
    if (turns_.back().model && !e_.rules.flag("prefill", false))
      return unsupported("messages", "must not end with an assistant message for this model");
    std::size_t bytes = 0;
    for (auto const& turn : turns_) bytes += turn.parts.size() + 64;
    out_.contents.reserve(bytes);
    json::Writer w{out_.contents};
    w.begin_array();
    for (auto& turn : turns_) {
      w.begin_object().key("role").string(turn.model ? "model" : "user");
      w.key("parts").begin_array().raw(turn.parts).end_array().end_object();
      std::string{}.swap(turn.parts);
    }
    w.end_array();
    return std::move(out_);
  }

  Encoding& e_;
  std::vector<Message> const& messages_;
  std::vector<Turn> turns_;
  Contents out_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Contents> contents_of(Encoding& e) {
  return Conversation{e}.read();
}

}  // namespace tsg::providers::gemini
