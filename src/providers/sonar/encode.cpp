#include <algorithm>
#include <array>

#include "providers/conversation.hpp"
#include "providers/data_url.hpp"
#include "providers/judge.hpp"
#include "providers/sonar/adapter.hpp"
#include "providers/tools.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::sonar {
namespace {

constexpr std::array<std::string_view, 21> kCopied{"temperature",
                                                   "top_p",
                                                   "stop",
                                                   "reasoning_effort",
                                                   "web_search_options",
                                                   "search_context_size",
                                                   "search_mode",
                                                   "search_domain_filter",
                                                   "search_language_filter",
                                                   "search_recency_filter",
                                                   "search_after_date_filter",
                                                   "search_before_date_filter",
                                                   "last_updated_after_filter",
                                                   "last_updated_before_filter",
                                                   "return_images",
                                                   "return_related_questions",
                                                   "image_domain_filter",
                                                   "image_format_filter",
                                                   "enable_search_classifier",
                                                   "disable_search",
                                                   "language_preference"};

// System messages first, then user and assistant in turns, the last one the user's; anything else is a 400.
// So neighbours of one role become one message, and a system message in the middle becomes the user's words.
struct Turn {
  explicit Turn(Role r) : role{r} {}
  Role role;
  std::string text;
  std::vector<std::string> media;  // raw parts
};

std::string image_part(Part const& part) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("image_url").key("image_url").begin_object();
  w.key("url").raw(part.value).end_object().end_object();
  return out;
}

// A file goes out as its base64 payload, without the head of a data URL. "" = not sent inline.
std::string file_part(Part const& part) {
  if (part.value.empty()) return {};
  auto const text = text_of(part.value);
  auto const url = parse_data_url(text);
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("file_url").key("file_url").begin_object();
  w.key("url").string(url ? url->base64 : std::string_view{text}).end_object();
  if (!part.detail.empty()) w.key("file_name").raw(part.detail);
  w.end_object();
  return out;
}

Result<> read_parts(Message const& m, Turn& turn) {
  for (auto const& part : m.parts) {
    std::string media;
    if (part.kind == Part::Kind::image)
      if (auto known = check_detail(part); !known) return known;
    if (part.kind == Part::Kind::text || part.kind == Part::Kind::refusal) continue;
    if (part.kind == Part::Kind::image) media = image_part(part);
    if (part.kind == Part::Kind::file) media = file_part(part);
    if (media.empty())
      return unsupported(part.at,
                         "is of a type that Sonar does not take: use text, image_url, or a file sent inline");
    turn.media.push_back(std::move(media));
  }
  return boost::system::in_place_value;
}

Result<std::vector<Turn>> turns_of(ChatRequest const& request, UpstreamRequest& noted) {
  std::vector<Turn> out;
  bool begun = false;  // a turn that is not the system's
  auto messages = conversation_of(request, noted.dropped);
  if (let_user_speak(messages)) noted.adapted.emplace_back("messages", "system message as the user's");
  if (request.json_object) instruct_json(messages, noted.adapted);
  for (auto const& m : messages) {
    if (m.role == Role::tool || !m.calls.empty())
      return unsupported(
          m.at, "belongs to a tool call, and Sonar has no tools: an instance with dialect perplexity has");
    auto role = m.role == Role::developer ? Role::system : m.role;
    if (role == Role::system && begun) role = Role::user;
    Turn turn{role};
    turn.text = plain_text(m);
    if (auto read = read_parts(m, turn); !read) return read.error();
    if (turn.text.empty() && turn.media.empty()) continue;
    begun |= role != Role::system;
    if (out.empty() || out.back().role != role || role == Role::system) {
      out.push_back(std::move(turn));
      continue;
    }
    auto& last = out.back();
    if (!last.text.empty() && !turn.text.empty()) last.text += "\n\n";
    last.text += turn.text;
    for (auto& one : turn.media) last.media.push_back(std::move(one));
  }
  if (out.empty() || out.back().role != Role::user)
    return unsupported("messages", "must end with a user message on Sonar, which cannot continue an answer");
  auto const first = std::ranges::find_if(out, [](Turn const& t) { return t.role != Role::system; });
  if (first->role != Role::user) {  // the assistant's greeting
    Turn opening{Role::user};
    opening.text = kOpening;
    out.insert(first, std::move(opening));
    noted.adapted.emplace_back("messages", "placeholder before the assistant's first");
  }
  return out;
}

void write_turn(json::Writer& w, Turn const& turn) {
  w.begin_object().key("role");
  w.string(turn.role == Role::system ? "system"
           : turn.role == Role::user ? "user"
                                     : "assistant")
      .key("content");
  if (turn.media.empty()) {
    w.string(turn.text).end_object();
    return;
  }
  w.begin_array();
  if (!turn.text.empty())
    w.begin_object().key("type").string("text").key("text").string(turn.text).end_object();
  for (auto const& one : turn.media) w.raw(one);
  w.end_array().end_object();
}

}  // namespace

Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context) {
  UpstreamRequest out;
  if (auto ok = judge(request, treatments(), out.dropped); !ok) return ok.error();
  auto const turns = turns_of(request, out);
  if (!turns) return turns.error();
  out.wire = Wire::chat;
  out.path = "/chat/completions";
  out.stream = request.stream;

  auto const& d = request.document;
  json::Writer w{out.body};
  w.begin_object().key("model").string(context.upstream_model).key("messages").begin_array();
  for (auto const& turn : *turns) write_turn(w, turn);
  w.end_array();
  auto limit = request.max_tokens;
  if (context.output_limit) limit = std::min(limit.value_or(*context.output_limit), *context.output_limit);
  if (limit) w.key("max_tokens").integer(*limit);
  if (auto const* format = d.find("response_format");
      format && is_object(d.raw(format->value)) && !request.json_object)
    w.key("response_format").raw(d.raw(format->value));
  auto const stops = stops_of(request);
  for (auto const name : kCopied) {
    auto const* m = d.find(name);
    if (!m || is_null(d.raw(m->value)) || (name == "stop" && stops.empty())) continue;
    w.key(name).raw(d.raw(m->value));
  }
  w.key("stream").boolean(request.stream).end_object();
  return out;
}

}  // namespace tsg::providers::sonar
