#include "providers/responses/input.hpp"

#include <set>

#include "providers/conversation.hpp"
#include "providers/judge.hpp"
#include "providers/responses/memo.hpp"

namespace tsg::providers::responses {
namespace {

std::string_view role_name(Role role) noexcept {
  switch (role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::assistant:
      return "assistant";
    default:
      return "user";
  }
}

class Input {
 public:
  Input(json::Writer& w, EncodeContext const& context, ToolNames const& names, Flavour const& flavour)
      : w_{w}, context_{context}, names_{names}, flavour_{flavour} {}

  Result<> message(Message const& m) {
    if (m.role == Role::assistant) return assistant(m);
    if (m.role == Role::tool) return tool(m);
    open(role_name(m.role));
    auto const written = content(m.parts, m.at);
    w_.end_object();
    return written;
  }

 private:
  void open(std::string_view role) {
    w_.begin_object().key("type").string("message").key("role").string(role).key("content");
  }

  // A lone text as it was written; else a list.
  Result<> content(std::vector<Part> const& parts, std::string const& at) {
    if (parts.empty()) return w_.string(""), boost::system::in_place_value;
    if (parts.size() == 1 && parts.front().kind == Part::Kind::text)
      return w_.raw(parts.front().value), boost::system::in_place_value;
    w_.begin_array();
    for (auto const& p : parts)
      if (auto written = part(p, at); !written) return written;
    w_.end_array();
    return boost::system::in_place_value;
  }

  Result<> part(Part const& p, std::string const& at) {
    auto const where = p.at.empty() ? at : p.at;
    switch (p.kind) {
      case Part::Kind::text:
      case Part::Kind::refusal:
        w_.begin_object().key("type").string("input_text").key("text").raw(p.value).end_object();
        return boost::system::in_place_value;
      case Part::Kind::image:
        if (!flavour_.image_detail)
          if (auto known = check_detail(p); !known) return known;
        w_.begin_object().key("type").string("input_image").key("image_url").raw(p.value);
        if (!p.detail.empty() && flavour_.image_detail) w_.key("detail").raw(p.detail);
        w_.end_object();
        return boost::system::in_place_value;
      case Part::Kind::file:
        return file(p, where);
      case Part::Kind::audio:
        return unsupported(where, "is audio, which this provider takes on chat completions only, if at all");
      default:
        return unsupported(where,
                           "is of a type that this provider does not take: use text, image_url or file");
    }
  }

  Result<> file(Part const& p, std::string const& where) {
    if (!flavour_.files)
      return unsupported(where, "is a file, which this provider does not take: send its text");
    w_.begin_object().key("type").string("input_file");
    if (!p.file_id.empty()) w_.key("file_id").raw(p.file_id);
    if (!p.detail.empty()) w_.key("filename").raw(p.detail);
    if (!p.value.empty()) w_.key("file_data").raw(p.value);
    w_.end_object();
    return boost::system::in_place_value;
  }

  // Thoughts go directly before what they produced, the text to where it stood (memo.hpp).
  Result<> assistant(Message const& m) {
    std::vector<Recalled> recalled;
    bool placed = false;
    for (auto const& call : m.calls) {
      recalled.push_back(recall(context_, flavour_, call.id));
      for (auto const& item : recalled.back().items) placed |= item.message;
    }
    if (!placed) text(m, "");
    for (std::size_t i = 0; i < m.calls.size(); ++i) {
      for (auto const& item : recalled[i].items) {
        if (!item.message) {
          w_.raw(item.json);
        } else if (placed) {
          text(m, item.json);
          placed = false;
        }
      }
      if (auto written = call(m.calls[i], recalled[i].signature); !written) return written;
    }
    return boost::system::in_place_value;
  }

  void text(Message const& m, std::string_view phase) {
    bool any = false;
    for (auto const& p : m.parts) {
      bool const refusal = p.kind == Part::Kind::refusal;
      if ((!refusal && p.kind != Part::Kind::text) || p.value == "\"\"") continue;
      if (!any) {
        w_.begin_object().key("type").string("message").key("role").string("assistant");
        if (!phase.empty()) w_.key("phase").raw(phase);
        w_.key("content").begin_array();
      }
      any = true;
      w_.begin_object().key("type").string(refusal ? "refusal" : "output_text");
      w_.key(refusal ? "refusal" : "text").raw(p.value).end_object();
    }
    if (any) w_.end_array().end_object();
  }

  Result<> call(ToolCall const& c, std::string_view signature) {
    if (c.custom && !flavour_.custom_tools)
      return unsupported(c.at,
                         "is a custom tool call, which this provider does not know: use function tools");
    if (c.custom) custom_.insert(c.id);
    w_.begin_object().key("type").string(c.custom ? "custom_tool_call" : "function_call");
    w_.key("call_id").string(short_id(c.id, flavour_.call_id_longest));
    w_.key("name").string(names_.out(c.name));
    bool const none = c.arguments.empty() || c.arguments == "\"\"";
    if (c.custom)
      w_.key("input").raw(none ? "\"\"" : c.arguments);
    else
      w_.key("arguments").raw(none ? "\"{}\"" : c.arguments);
    if (!signature.empty()) w_.key("thought_signature").raw(signature);
    w_.end_object();
    return boost::system::in_place_value;
  }

  Result<> tool(Message const& m) {
    bool const custom = custom_.contains(m.tool_call_id);
    w_.begin_object().key("type").string(custom ? "custom_tool_call_output" : "function_call_output");
    w_.key("call_id").string(short_id(m.tool_call_id, flavour_.call_id_longest)).key("output");
    auto const written = content(m.parts, m.at);
    w_.end_object();
    return written;
  }

  json::Writer& w_;
  EncodeContext const& context_;
  ToolNames const& names_;
  Flavour const& flavour_;
  std::set<std::string, std::less<>> custom_;  // ids of custom calls: their outputs have a type of their own
};

}  // namespace

Result<> write_input(json::Writer& w, std::vector<Message> const& messages, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour, std::vector<std::string>& dropped) {
  Input input{w, context, names, flavour};
  bool named = false;
  w.begin_array();
  for (auto const& m : messages) {
    named |= !m.name.empty();
    if (auto written = input.message(m); !written) return written;
  }
  w.end_array();
  if (named) dropped.emplace_back("messages[].name");  // items have no place for it
  return boost::system::in_place_value;
}

}  // namespace tsg::providers::responses
