#include <algorithm>
#include <array>

#include "providers/data_url.hpp"
#include "providers/judge.hpp"
#include "providers/sonar/adapter.hpp"
#include "providers/turns.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::sonar {
namespace {

using conversation::Feature;
using conversation::Item;
using conversation::Part;
using conversation::Role;

struct Copied {
  Feature feature;
  std::string_view name;  // there
};
constexpr std::array kCopied{Copied{Feature::temperature, "temperature"},
                             Copied{Feature::top_p, "top_p"},
                             Copied{Feature::stop, "stop"},
                             Copied{Feature::effort, "reasoning_effort"},
                             Copied{Feature::search_options, "web_search_options"},
                             Copied{Feature::search_context, "search_context_size"},
                             Copied{Feature::search_mode, "search_mode"},
                             Copied{Feature::search_domains, "search_domain_filter"},
                             Copied{Feature::search_languages, "search_language_filter"},
                             Copied{Feature::search_recency, "search_recency_filter"},
                             Copied{Feature::search_after, "search_after_date_filter"},
                             Copied{Feature::search_before, "search_before_date_filter"},
                             Copied{Feature::updated_after, "last_updated_after_filter"},
                             Copied{Feature::updated_before, "last_updated_before_filter"},
                             Copied{Feature::return_images, "return_images"},
                             Copied{Feature::related_questions, "return_related_questions"},
                             Copied{Feature::image_domains, "image_domain_filter"},
                             Copied{Feature::image_formats, "image_format_filter"},
                             Copied{Feature::search_classifier, "enable_search_classifier"},
                             Copied{Feature::search_off, "disable_search"},
                             Copied{Feature::language, "language_preference"}};

// System messages first, then user and assistant in turns, the last one the user's; anything else is a 400.
// So neighbours of one role become one message, and a system message in the middle becomes the user's words.
struct SonarTurn {
  explicit SonarTurn(Role r) : role{r} {}
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

Result<> read_media(Item const& item, SonarTurn& turn) {
  for (auto const& part : item.parts) {
    std::string media;
    if (part.kind == Part::Kind::image)
      if (auto known = check_detail(part); !known) return known;
    if (is_text(part)) continue;
    if (part.kind == Part::Kind::image) media = image_part(part);
    if (part.kind == Part::Kind::file) media = file_part(part);
    if (media.empty())
      return unsupported(part.where.text(),
                         "is of a type that Sonar does not take: use text, image_url, or a file sent inline");
    turn.media.push_back(std::move(media));
  }
  return boost::system::in_place_value;
}

// All that was said in a turn, as far as Sonar takes it.
Result<SonarTurn> read_turn(conversation::Turn const& from, Role role) {
  if (from.role == Role::tool || from.calls())
    return unsupported(
        from.at(), "belongs to a tool call, and Sonar has no tools: an instance with dialect perplexity has");
  SonarTurn out{role};
  for (auto const& item : from.items) {
    if (!has_words(item)) continue;
    out.text += conversation::plain_text(item);
    if (auto read = read_media(item, out); !read) return read.error();
  }
  return out;
}

Result<std::vector<SonarTurn>> turns_for(ChatRequest const& request, UpstreamRequest& noted) {
  std::vector<SonarTurn> out;
  bool begun = false;  // a turn that is not the system's
  auto turns = told(request, noted.dropped);
  if (let_user_speak(turns)) noted.adapted.emplace_back("messages", "system message as the user's");
  if (request.json_object) instruct_json(turns, noted.adapted);
  for (auto const& from : turns) {
    auto role = from.role == Role::developer ? Role::system : from.role;
    if (role == Role::system && begun) role = Role::user;
    auto turn = read_turn(from, role);
    if (!turn) return turn.error();
    if (turn->text.empty() && turn->media.empty()) continue;
    begun |= role != Role::system;
    if (out.empty() || out.back().role != role || role == Role::system) {
      out.push_back(std::move(*turn));
      continue;
    }
    auto& last = out.back();
    if (!last.text.empty() && !turn->text.empty()) last.text += "\n\n";
    last.text += turn->text;
    for (auto& one : turn->media) last.media.push_back(std::move(one));
  }
  if (out.empty() || out.back().role != Role::user)
    return unsupported("messages", "must end with a user message on Sonar, which cannot continue an answer");
  auto const first = std::ranges::find_if(out, [](SonarTurn const& t) { return t.role != Role::system; });
  if (first->role != Role::user) {  // the assistant's greeting
    SonarTurn opening{Role::user};
    opening.text = kOpening;
    out.insert(first, std::move(opening));
    noted.adapted.emplace_back("messages", "placeholder before the assistant's first");
  }
  return out;
}

void write_turn(json::Writer& w, SonarTurn const& turn) {
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
  auto const turns = turns_for(request, out);
  if (!turns) return turns.error();
  out.wire = Wire::chat;
  out.path = "/chat/completions";
  out.stream = request.stream;

  json::Writer w{out.body};
  w.begin_object().key("model").string(context.upstream_model).key("messages").begin_array();
  for (auto const& turn : *turns) write_turn(w, turn);
  w.end_array();
  auto limit = request.max_tokens;
  if (context.output_limit) limit = std::min(limit.value_or(*context.output_limit), *context.output_limit);
  if (limit) w.key("max_tokens").integer(*limit);
  if (is_object(request.format.raw) && !request.json_object) w.key("response_format").raw(request.format.raw);
  for (auto const& [feature, name] : kCopied) {
    auto const raw = request.said(feature);
    if (raw.empty() || (feature == Feature::stop && request.stops.empty())) continue;
    w.key(name).raw(raw);
  }
  w.key("stream").boolean(request.stream).end_object();
  return out;
}

}  // namespace tsg::providers::sonar
