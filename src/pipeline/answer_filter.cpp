#include "pipeline/answer_filter.hpp"

#include "pipeline/item_filter.hpp"
#include "tsg/governance/json_filter.hpp"

namespace tsg::pipeline {
namespace {

using governance::Replacement;

// Where a whole answer has log probabilities: they spell each word again, token by token.
void find_logprobs(std::string_view text, json::Scan const& root, std::vector<Replacement>& out) {
  for (auto const& m : root.members) {
    if (m.key != "choices" || text[m.value.begin] != '[') continue;
    auto const choices = json::scan_children(text, m.value);
    if (!choices) return;
    for (auto const& c : choices->members) {
      if (text[c.value.begin] != '{') continue;
      auto const members = json::scan_children(text, c.value);
      if (!members) continue;
      for (auto const& one : members->members)
        if (one.key == "logprobs" && text[one.value.begin] != 'n') out.push_back({one.value, "null"});
    }
  }
}

// What a whole answer must lose. With a redaction in it, what spells its text again goes too.
Result<std::vector<Replacement>> changes_of(Filtering const& filtering, governance::ContentRules const& rules,
                                            std::string_view text) {
  auto const scanned = json::scan(text, answer_limits());
  if (!scanned) return Error{Errc::provider_unavailable};
  governance::Tally tally{rules};
  std::vector<Replacement> changes;
  auto done =
      governance::filter_value(rules, tally, text, {0, text.size()}, answer_place(filtering.asked), changes);
  note_matched(filtering.record, tally);
  if (!done) return done.error();
  if (!changes.empty()) find_logprobs(text, *scanned, changes);
  return changes;
}

}  // namespace

bool answers_json(conversation::Facts const& asked) noexcept {
  return asked.json_schema || asked.json_object;
}

governance::Place const& answer_place(conversation::Facts const& asked) noexcept {
  return answers_json(asked) ? governance::json_answer() : governance::chat_answer();
}

json::Limits answer_limits() noexcept {
  json::Limits limits;
  limits.members_max = 100'000;  // as adapters read them, who have judged it
  limits.unique_names = false;
  return limits;
}

void note_matched(audit::Record& record, governance::Tally const& tally) {
  for (auto& m : tally.matched())
    record.matched.emplace_back(std::move(m.source), std::move(m.rule), std::move(m.effect));
}

namespace {

// The provider's own bytes are edited where a rule matched, and stay as they are everywhere else.
Result<> filter_verbatim(Filtering const& filtering, governance::ContentRules const& rules,
                         providers::Answer& answer) {
  auto& shown = *answer.verbatim;
  auto const changes = changes_of(filtering, rules, shown.body);
  if (!changes) return changes.error();
  if (changes->empty()) return boost::system::in_place_value;

  // The usage object moves by as much as the text before it grew.
  auto end = shown.usage_end;
  if (end != std::string::npos)
    for (auto const& c : *changes)
      if (c.span.end <= shown.usage_end) end += c.text.size() - c.span.size();
  shown.body = governance::applied(shown.body, *changes);
  shown.usage_end = end;

  // What was read from them says the same.
  governance::Tally again{rules};
  auto items = ItemFilter{rules, again, answer_place(filtering.asked)}.filter(answer);
  if (!items) return items.error();
  std::vector<Replacement> in_content;
  bool known = false;
  auto const& at = governance::child(answer_place(filtering.asked), "content", known);
  auto done =
      governance::filter_value(rules, again, shown.content, {0, shown.content.size()}, at, in_content);
  if (done) shown.content = governance::applied(shown.content, std::move(in_content));
  return done;
}

}  // namespace

Result<> filter_answer(Filtering const& filtering, providers::Answer& answer) {
  governance::ContentRules const rules{filtering.levels, governance::Side::answer};
  if (rules.empty() || filtering.asked.operation != conversation::Operation::chat)
    return boost::system::in_place_value;
  if (answer.verbatim) return filter_verbatim(filtering, rules, answer);
  governance::Tally tally{rules};
  auto const filtered = ItemFilter{rules, tally, answer_place(filtering.asked)}.filter(answer);
  note_matched(filtering.record, tally);
  return filtered ? Result<>{boost::system::in_place_value} : Result<>{filtered.error()};
}

Result<> filter_stored(Filtering const& filtering, bool events, std::string& body) {
  governance::ContentRules const rules{filtering.levels, governance::Side::answer};
  if (rules.empty() || filtering.asked.operation != conversation::Operation::chat)
    return boost::system::in_place_value;
  if (events) return filter_events(filtering, body);
  auto changes = changes_of(filtering, rules, body);
  if (!changes) return changes.error();
  if (!changes->empty()) body = governance::applied(body, std::move(*changes));
  return boost::system::in_place_value;
}

}  // namespace tsg::pipeline
