#include "providers/fold.hpp"

#include <algorithm>

#include "providers/error_shape.hpp"
#include "providers/openai_shape.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

std::string_view inside(std::string_view list) noexcept {  // of an array that is not empty
  return list.substr(1, list.size() - 2);
}

void add_elements(std::string& to, std::string_view list) {
  if (!is_array(list) || inside(list).find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  to += to.empty() ? "" : ",";
  to += inside(list);
}

}  // namespace

Fold::Fold(ProviderAdapter const& adapter, DecodeContext const& context)
    : adapter_{adapter}, context_{context} {
  decoder_ = adapter_.stream_decoder(context);
  // Done by the decoder already.
  context_.renamed.clear();
  context_.stops.clear();
}

// Line by line, to see whether usage was told while the answer went on.
Result<> Fold::read(std::string_view body) {
  bool counted = false;
  while (!body.empty()) {
    auto const line = body.substr(0, std::min(body.find('\n'), body.size() - 1) + 1);
    body.remove_prefix(line.size());
    auto const before = decoder_->output_bytes();
    auto fed = decoder_->feed(line, events_);
    gather();
    if (!fed) return fed;
    running_ |= counted && decoder_->output_bytes() > before;
    counted = decoder_->usage().reported;
  }
  auto ended = decoder_->finish(events_);
  gather();
  return ended;
}

catalog::Usage Fold::told() const {
  auto usage = decoder_->usage();
  if (running_ && !decoder_->usage_final()) usage.reported = false;
  return usage;
}

Result<Answer> Fold::answer(std::string_view body) {
  if (auto done = read(body); !done) return done.error();
  std::vector<WholeChoice> choices;
  for (auto& [index, gathered] : choices_) choices.push_back(whole(gathered));
  if (choices.empty()) return broken_answer("events without an answer");
  auto out = whole_answer(context_, std::move(choices), decoder_->usage(), decoder_->model(),
                          decoder_->upstream_id(), more_);
  out.id = context_.id;
  out.created = context_.created;
  out.memos = decoder_->take_memos();
  return out;
}

WholeChoice Fold::whole(Gathered& gathered) const {
  auto& choice = gathered.choice;
  if (!gathered.logprobs.empty())
    choice.logprobs = "{\"content\":[" + gathered.logprobs + "],\"refusal\":null}";
  for (auto const& [name, elements] : gathered.lists) choice.extra += ",\"" + name + "\":[" + elements + "]";
  if (!gathered.transcript.empty()) gathered.audio["transcript"] = json::quoted(gathered.transcript);
  for (auto const& [name, value] : gathered.audio) {
    auto& members = gathered.more["audio"];
    members = (members.empty() ? "{" : members.substr(0, members.size() - 1) + ",") + "\"" + name +
              "\":" + value + "}";
  }
  for (auto const& [name, value] : gathered.more) choice.extra += ",\"" + name + "\":" + value;
  return std::move(choice);
}

void Fold::gather() {
  auto events = std::as_const(events_).events();
  for (auto const& event : events) one(event);
  // A chunk that has no choice tells about the whole answer.
  auto const of_answer = [](Event const& e) {
    return e.kind == Event::Kind::extra && e.at == Event::At::answer;
  };
  while (!events.empty()) {
    auto const next =
        std::find_if(events.begin() + 1, events.end(), [](Event const& e) { return !e.joined; });
    auto const group = events.first(static_cast<std::size_t>(next - events.begin()));
    if (std::ranges::all_of(group, of_answer))
      for (auto const& event : group) extra(event);
    events = events.subspan(group.size());
  }
  events_.clear();
}

void Fold::one(Event const& event) {
  using Kind = Event::Kind;
  switch (event.kind) {
    case Kind::head:
      if (std::exchange(identified_, true)) return;
      if (!event.id.empty()) context_.id = event.id;
      if (event.created != 0) context_.created = event.created;
      return;
    case Kind::last:
    case Kind::pass:
      return;
    case Kind::extra:
      if (event.at != Event::At::answer) extra(event);
      return;
    default:
      break;
  }
  auto& to = choices_[event.choice];
  switch (event.kind) {
    case Kind::open:
      if (auto& opened = item(event, to); conversation::is_call(opened)) {
        opened.id = event.id;
        opened.name = event.name;
      }
      return;
    case Kind::text:
      return text(event, to);
    case Kind::seal:
      item(event, to).sealed += event.text;
      return;
    case Kind::close:
      item(event, to).partial = event.partial;
      return;
    case Kind::citation:
      to.choice.citations.emplace_back(event.json);
      return;
    case Kind::logprobs:
      if (auto const node = RawNode::parse(event.json)) add_elements(to.logprobs, (*node)["content"]);
      return;
    case Kind::stop:
      to.choice.stop = event.stop;
      return;
    default:
      return;
  }
}

WholeItem& Fold::item(Event const& event, Gathered& to) {
  auto const [at, fresh] = to.items.try_emplace(event.item, to.choice.items.size());
  if (fresh) to.choice.items.emplace_back(event.item_kind, "");
  return to.choice.items[at->second];
}

void Fold::text(Event const& event, Gathered& to) {
  if (event.item_kind == Event::Item::audio)
    to.transcript += event.text;  // stands in a member that has more
  else if (event.item_kind == Event::Item::other)
    to.more[std::string{event.name}] = json::quoted(event.text);
  else
    item(event, to).text += event.text;
}

// Members as raw JSON; lists come in pieces, of others the last one holds.
void Fold::extra(Event const& event) {
  using At = Event::At;
  auto const node = RawNode::parse(event.json);
  if (!node) return;
  for (auto const& m : node->members()) {
    auto const raw = node->raw(m);
    auto const member =
        "," + std::string{event.json.substr(m.key_span.begin, m.value.end - m.key_span.begin)};
    if (event.at == At::answer || event.at == At::ending) {
      if (m.key != "error") more_ += member;
    } else if (event.at == At::call) {
      if (m.key != "id" && m.key != "type") item(event, choices_[event.choice]).extra += member;
    } else if (event.at == At::audio) {
      choices_[event.choice].audio[std::string{m.key}] = raw;
    } else if (event.at == At::message && m.key != "role" && !is_null(raw)) {
      auto& to = choices_[event.choice];
      if (is_array(raw))
        add_elements(to.lists[std::string{m.key}], raw);
      else
        to.more[std::string{m.key}] = raw;
    }
  }
}

}  // namespace tsg::providers
