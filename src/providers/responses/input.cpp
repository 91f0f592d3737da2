#include "providers/responses/input.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "providers/judge.hpp"
#include "providers/responses/memo.hpp"
#include "providers/turns.hpp"

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

  Result<> turn(Turn const& t) {
    if (t.role == Role::assistant) return assistant(t);
    for (auto const& item : t.items) {
      auto const written = item.kind == Item::Kind::result ? result(item)
                           : item.kind == Item::Kind::say  ? say(item, t.role)
                                                           : Result<>{boost::system::in_place_value};
      if (!written) return written;
    }
    return boost::system::in_place_value;
  }

 private:
  Result<> say(Item const& item, Role role) {
    open(role_name(role));
    auto const written = content(item.parts);
    w_.end_object();
    return written;
  }

  void open(std::string_view role) {
    w_.begin_object().key("type").string("message").key("role").string(role).key("content");
  }

  // A lone text as it was written; else a list.
  Result<> content(std::vector<Part> const& parts) {
    if (parts.empty()) return w_.string(""), boost::system::in_place_value;
    if (parts.size() == 1 && parts.front().kind == Part::Kind::text)
      return w_.raw(parts.front().value), boost::system::in_place_value;
    w_.begin_array();
    for (auto const& p : parts)
      if (auto written = part(p); !written) return written;
    w_.end_array();
    return boost::system::in_place_value;
  }

  Result<> part(Part const& p) {
    switch (p.kind) {
      case Part::Kind::text:
      case Part::Kind::refusal:
        w_.begin_object().key("type").string("input_text").key("text").raw(p.value).end_object();
        return boost::system::in_place_value;
      case Part::Kind::image:
        if (!flavour_.own_words)
          if (auto known = check_detail(p); !known) return known;
        w_.begin_object().key("type").string("input_image").key("image_url").raw(p.value);
        if (!p.detail.empty() && flavour_.image_detail) w_.key("detail").raw(p.detail);
        w_.end_object();
        return boost::system::in_place_value;
      case Part::Kind::file:
        return file(p);
      case Part::Kind::audio:
        return unsupported(p.where.text(),
                           "is audio, which this provider takes on chat completions only, if at all");
      default:
        return unsupported(p.where.text(),
                           "is of a type that this provider does not take: use text, image_url or file");
    }
  }

  Result<> file(Part const& p) {
    if (!flavour_.files)
      return unsupported(p.where.text(), "is a file, which this provider does not take: send its text");
    w_.begin_object().key("type").string("input_file");
    if (!p.file_id.empty()) w_.key("file_id").raw(p.file_id);
    if (!p.detail.empty()) w_.key("filename").raw(p.detail);
    if (!p.value.empty()) w_.key("file_data").raw(p.value);
    w_.end_object();
    return boost::system::in_place_value;
  }

  // Thoughts go directly before what they produced, the text to where it stood (memo.hpp).
  Result<> assistant(Turn const& t) {
    std::vector<Recalled> recalled;
    bool placed = false;
    for (auto const& item : t.items) {
      if (item.kind != Item::Kind::call) continue;
      recalled.push_back(recall(context_, flavour_, item.call_id));
      for (auto const& one : recalled.back().items) placed |= one.message;
    }
    std::size_t next = 0;
    for (auto const& item : t.items) {
      if (item.kind == Item::Kind::say && !placed) words(item, "");
      if (item.kind != Item::Kind::call) continue;
      for (auto const& one : recalled[next].items) {
        if (!one.message) {
          w_.raw(one.json);
        } else if (std::exchange(placed, false)) {
          for (auto const& said : t.items)
            if (said.kind == Item::Kind::say) words(said, one.json);
        }
      }
      if (auto written = call(item, recalled[next++].signature); !written) return written;
    }
    return boost::system::in_place_value;
  }

  void words(Item const& item, std::string_view phase) {
    bool any = false;
    for (auto const& p : item.parts) {
      bool const refusal = p.kind == Part::Kind::refusal;
      if (!is_text(p) || p.value == "\"\"") continue;
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

  Result<> call(Item const& c, std::string_view signature) {
    if (c.custom && !flavour_.custom_tools)
      return unsupported(c.where.text(),
                         "is a custom tool call, which this provider does not know: use function tools");
    if (c.custom) custom_.emplace(c.call_id);
    w_.begin_object().key("type").string(c.custom ? "custom_tool_call" : "function_call");
    w_.key("call_id").string(short_id(c.call_id, flavour_.call_id_longest));
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

  Result<> result(Item const& item) {
    bool const custom = custom_.contains(item.call_id);
    w_.begin_object().key("type").string(custom ? "custom_tool_call_output" : "function_call_output");
    w_.key("call_id").string(short_id(item.call_id, flavour_.call_id_longest)).key("output");
    auto const written = content(item.parts);
    w_.end_object();
    return written;
  }

  json::Writer& w_;
  EncodeContext const& context_;
  ToolNames const& names_;
  Flavour const& flavour_;
  std::set<std::string_view> custom_;  // ids of custom calls: their outputs have a type of their own
};

}  // namespace

Result<> write_input(json::Writer& w, std::vector<Turn> const& turns, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour, std::vector<std::string>& dropped) {
  Input input{w, context, names, flavour};
  bool named = false;
  w.begin_array();
  for (auto const& t : turns) {
    named |= std::ranges::any_of(t.items, [](Item const& item) { return !item.speaker.empty(); });
    if (auto written = input.turn(t); !written) return written;
  }
  w.end_array();
  if (named) dropped.emplace_back("messages[].name");  // items have no place for it
  return boost::system::in_place_value;
}

}  // namespace tsg::providers::responses
