#include "providers/whole.hpp"

#include <algorithm>

#include "providers/raw_json.hpp"
#include "providers/stop_window.hpp"
#include "providers/tool_names.hpp"

namespace tsg::providers {
namespace {

// Nothing that came behind the sequence is part of the answer; what was thought before it may be told late.
void end_before(WholeChoice& choice, std::vector<std::string> const& stops) {
  StopWindow window{stops};
  auto rest = window.feed(choice.joined(ItemKind::text)).size();
  if (!window.hit()) return;
  std::int64_t length = 0;
  std::erase_if(choice.items, [&](WholeItem& item) {
    if (item.kind != ItemKind::text) return is_call(item) || item.kind == ItemKind::refusal;
    item.text.resize(std::min(item.text.size(), rest));
    rest -= item.text.size();
    length += conversation::characters(item.text);
    return item.text.empty();
  });
  choice.logprobs.clear();
  choice.stop = Stop::sequence;
  std::erase_if(choice.citations, [length](std::string const& json) {
    auto const node = RawNode::parse(json);
    return !node || count_of(node->child("url_citation")["end_index"]).value_or(0) > length;
  });
}

}  // namespace

WholeItem whole_call(std::string id, std::string name, std::string arguments, std::string extra) {
  WholeItem out{ItemKind::call, std::move(arguments)};
  out.id = std::move(id);
  out.name = std::move(name);
  out.extra = std::move(extra);
  return out;
}

conversation::Answer whole_answer(DecodeContext const& context, std::vector<WholeChoice> choices,
                                  catalog::Usage usage, std::string model, std::string upstream_id,
                                  std::string extra) {
  conversation::Answer out;
  for (auto& choice : choices) {
    if (!context.stops.empty()) end_before(choice, context.stops);
    for (auto& item : choice.items)
      if (is_call(item)) item.name = std::string{own_name(context.renamed, item.name)};
  }
  out.choices = std::move(choices);
  out.service_tier = usage.service_tier;
  out.usage = std::move(usage);
  out.model = model.empty() ? context.asked_model : std::move(model);
  out.upstream_id = std::move(upstream_id);
  out.extra = std::move(extra);
  return out;
}

conversation::Answer whole_answer(DecodeContext const& context, WholeChoice choice, catalog::Usage usage,
                                  std::string model, std::string upstream_id, std::string extra) {
  std::vector<WholeChoice> one;
  one.push_back(std::move(choice));
  return whole_answer(context, std::move(one), std::move(usage), std::move(model), std::move(upstream_id),
                      std::move(extra));
}

}  // namespace tsg::providers
