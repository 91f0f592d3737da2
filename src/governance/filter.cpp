#include "tsg/governance/filter.hpp"

#include <algorithm>

namespace tsg::governance {
namespace {

constexpr std::size_t kContext = 4;  // bytes after a match that \b may look at

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}  // inside UTF-8

}  // namespace

ContentRules::ContentRules(Levels const& levels, Side side) {
  levels.each_policy([&](AttachedPolicy const& at) {
    for (auto const& rule : at.value.content) {
      if (!(side == Side::prompt ? rule.prompt : rule.answer)) continue;
      rules_.push_back({&rule, &at.source});
      window_ = std::max(window_, rule.matcher->longest());
    }
  });
}

std::vector<Matched> Tally::matched() const {
  std::vector<Matched> out;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] > 0)
      out.emplace_back(
          *rules_->rules()[i].source, "content." + rules_->rules()[i].rule->name,
          std::string{to_string(rules_->rules()[i].rule->action)} + " " + std::to_string(counts_[i]));
  return out;
}

// One step on the first `view` bytes that are held: either everything up to and with the first match leaves,
// or, without one, the first half. Which bytes are looked at depends on positions in the text alone.
Result<bool> TextFilter::step(std::size_t view, std::string& out) {
  bool const last = view == held_.size();
  std::size_t const half = last ? view : rules_->window();
  std::string text;
  text.reserve(view + 1);
  text += before_;
  text.append(held_, 0, view);

  std::optional<Found> first;
  std::size_t which = 0;
  for (std::size_t i = 0; i < rules_->rules().size(); ++i) {
    auto const hit = rules_->rules()[i].rule->matcher->find(text, 1);
    if (!hit || hit->begin - 1 >= half) continue;
    bool const better =
        !first || hit->begin < first->begin || (hit->begin == first->begin && hit->end > first->end);
    if (!better) continue;
    first = hit;
    which = i;
  }
  std::size_t leave = half;
  if (first) {
    auto const& one = rules_->rules()[which];
    std::size_t const begin = first->begin - 1, end = first->end - 1;
    tally_->add(which);
    if (one.rule->action == Action::deny) {
      out.append(held_, 0, begin);
      held_.clear();
      return denied(*one.source, "content." + one.rule->name,
                    "The content rule '" + one.rule->name + "' refused the text.");
    }
    out.append(held_, 0, begin);
    if (one.rule->action == Action::redact)
      out += one.rule->replacement;
    else
      out.append(held_, begin, end - begin);
    leave = end;
  } else {
    while (leave > 0 && leave < held_.size() && continues(held_[leave])) --leave;
    out.append(held_, 0, leave);
  }
  if (leave == 0) return false;
  before_ = held_[leave - 1];
  held_.erase(0, leave);
  return true;
}

Result<> TextFilter::feed(std::string_view text, std::string& out) {
  held_ += text;
  auto const view = 2 * rules_->window() + kContext;
  while (held_.size() > view) {
    auto more = step(view, out);
    if (!more) return more.error();
    if (!*more) break;
  }
  return boost::system::in_place_value;
}

Result<> TextFilter::finish(std::string& out) {
  auto const view = 2 * rules_->window() + kContext;
  while (!held_.empty()) {
    auto more = step(std::min(view, held_.size()), out);
    if (!more) return more.error();
    if (!*more) break;
  }
  return boost::system::in_place_value;
}

Result<std::optional<std::string>> filter_text(ContentRules const& rules, Tally& tally,
                                               std::string_view text) {
  std::string out;
  out.reserve(text.size());
  TextFilter filter{rules, tally};
  auto fed = filter.feed(text, out);
  if (!fed) return fed.error();
  auto ended = filter.finish(out);
  if (!ended) return ended.error();
  if (out == text) return std::optional<std::string>{};
  return std::optional{std::move(out)};
}

}  // namespace tsg::governance
