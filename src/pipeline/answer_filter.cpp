#include "pipeline/answer_filter.hpp"

#include "tsg/governance/json_filter.hpp"

namespace tsg::pipeline {

bool answers_json(providers::ChatRequest const& chat) noexcept {
  return chat.json_schema || chat.json_object;
}

Result<> filter_answer(RequestContext& ctx, providers::Answer& answer) {
  governance::ContentRules const rules{ctx.levels, governance::Side::answer};
  if (rules.empty() || ctx.operation != providers::Operation::chat) return boost::system::in_place_value;
  governance::Tally tally{rules};
  auto const scanned = json::scan(answer.body, json::Limits{});
  if (!scanned) return Error{Errc::provider_unavailable};
  std::vector<governance::Replacement> changes;
  Result<> done = boost::system::in_place_value;
  governance::Forms forms;
  forms.content = answers_json(*ctx.chat);
  for (auto const& m : scanned->members)
    if (done && m.key == "choices")
      done = governance::filter_strings(rules, tally, answer.body, m.value, changes, forms);
  for (auto& m : tally.matched())
    ctx.record.matched.emplace_back(std::move(m.source), std::move(m.rule), std::move(m.effect));
  if (!done || changes.empty()) return done;

  // The usage object moves by as much as the text before it grew.
  auto end = answer.usage_end;
  if (end != std::string::npos)
    for (auto const& c : changes)
      if (c.span.end <= answer.usage_end) end += c.text.size() - c.span.size();
  answer.body = governance::applied(answer.body, changes);
  answer.usage_end = end;
  if (!answer.content_json.empty()) {
    changes.clear();
    governance::Tally again{rules};
    if (forms.content) forms.here = governance::Form::json;
    auto content = governance::filter_strings(rules, again, answer.content_json,
                                              json::Span{0, answer.content_json.size()}, changes, forms);
    if (!content) return content;
    answer.content_json = governance::applied(answer.content_json, changes);
  }
  return boost::system::in_place_value;
}

}  // namespace tsg::pipeline
