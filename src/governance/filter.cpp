#include "tsg/governance/filter.hpp"

#include <algorithm>

#include "tsg/json/writer.hpp"

namespace tsg::governance {
namespace {

constexpr std::size_t kContext = 4;  // bytes after a match that \b may look at

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}  // inside UTF-8

// Of a number, true, false or null.
bool bare(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.';
}

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

void JsonPlace::pass(std::string_view text) noexcept {
  for (char const c : text) {
    if (!in_string_)
      in_string_ = c == '"';
    else if (escaped_)
      escaped_ = false;
    else if (c == '"')
      in_string_ = false;
    else
      escaped_ = c == '\\';
  }
}

JsonPlace TextFilter::place_at(std::size_t at) const {
  auto place = place_;
  place.pass(std::string_view{held_}.substr(0, at));
  return place;
}

void TextFilter::release(std::size_t from, std::size_t to, std::string& out) {
  out.append(held_, from, to - from);
}

void TextFilter::forget(std::size_t bytes) {
  if (form_ == Form::json) place_ = place_at(bytes);
  before_ = held_[bytes - 1];
  held_.erase(0, bytes);
}

std::optional<TextFilter::Hit> TextFilter::first_hit(std::size_t view, std::size_t half) const {
  std::string text;
  text.reserve(view + 1);
  text += before_;
  text.append(held_, 0, view);
  std::optional<Hit> first;
  for (std::size_t i = 0; i < rules_->rules().size(); ++i) {
    auto const found = rules_->rules()[i].rule->matcher->find(text, 1);
    if (!found || found->begin - 1 >= half) continue;
    Hit hit;
    hit.begin = found->begin - 1;
    hit.end = found->end - 1;
    hit.rule = i;
    if (!first || hit.begin < first->begin || (hit.begin == first->begin && hit.end > first->end))
      first = hit;
  }
  return first;
}

// How much may leave of what holds no match. Characters are not cut, nor in JSON numbers and escapes: the
// rest of them may have to be replaced with them.
std::size_t TextFilter::unmatched(std::size_t half) const {
  auto leave = half;
  while (leave > 0 && leave < held_.size() && continues(held_[leave])) --leave;
  if (form_ == Form::text || leave == held_.size()) return leave;
  auto const place = place_at(leave);
  auto whole = leave;
  if (place.escaped()) --whole;
  if (!place.in_string())
    while (whole > 0 && bare(held_[whole - 1])) --whole;
  return whole > 0 ? whole : leave;
}

// Writes what takes the match's place; the end of what it stands for.
std::size_t TextFilter::redact(Hit hit, std::size_t view, std::string& out) {
  auto const& rule = *rules_->rules()[hit.rule].rule;
  tail_ = Tail{};
  if (hit.end == view && view < held_.size()) {
    tail_.of = rule.matcher.get();
    tail_.begins = held_[hit.begin];
  }
  if (form_ == Form::text) {
    release(0, hit.begin, out);
    out += rule.replacement;
    return hit.end;
  }
  auto const from = place_at(hit.begin);
  if (from.escaped() && hit.begin > 0) --hit.begin;
  if (!from.in_string())
    while (hit.begin > 0 && bare(held_[hit.begin - 1])) --hit.begin;
  if (place_at(hit.end).escaped() && hit.end < view) ++hit.end;
  auto const to = place_at(hit.end);
  release(0, hit.begin, out);
  auto const quoted = json::quoted(rule.replacement);
  bool const opens = !from.in_string(), closes = !to.in_string();
  out.append(quoted, opens ? 0 : 1, quoted.size() - (opens ? 0 : 1) - (closes ? 0 : 1));
  if (opens && closes && tail_.of == nullptr) tail_.bare = true;
  return hit.end;
}

// False: there is none, or nothing of it here.
bool TextFilter::drop_tail(std::size_t view) {
  if (!tail_.any()) return false;
  std::size_t n = 0;
  while (n < view && (tail_.of ? tail_.of->goes_on(tail_.begins, held_[n]) : bare(held_[n]))) ++n;
  if (form_ == Form::json && n < view && place_at(n).escaped()) ++n;
  if (n < view) tail_ = Tail{};
  if (n == 0) return false;
  forget(n);
  return true;
}

// One step on the first `view` bytes that are held: either everything up to and with the first match leaves,
// or, without one, the first half. Which bytes are looked at depends on positions in the text alone.
Result<bool> TextFilter::step(std::size_t view, std::string& out) {
  if (drop_tail(view)) return true;
  std::size_t const half = view == held_.size() ? view : rules_->window();
  auto const hit = first_hit(view, half);
  if (!hit) {
    auto const leave = unmatched(half);
    if (leave == 0) return false;
    release(0, leave, out);
    forget(leave);
    return true;
  }
  auto const& one = rules_->rules()[hit->rule];
  tally_->add(hit->rule);
  if (one.rule->action == Action::deny) {
    release(0, hit->begin, out);
    held_.clear();
    return denied(*one.source, "content." + one.rule->name,
                  "The content rule '" + one.rule->name + "' refused the text.");
  }
  auto leave = hit->end;
  if (one.rule->action == Action::redact)
    leave = redact(*hit, view, out);
  else
    release(0, leave, out);
  forget(leave);
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

Result<std::optional<std::string>> filter_text(ContentRules const& rules, Tally& tally, std::string_view text,
                                               Form form) {
  std::string out;
  out.reserve(text.size());
  TextFilter filter{rules, tally, form};
  auto fed = filter.feed(text, out);
  if (!fed) return fed.error();
  auto ended = filter.finish(out);
  if (!ended) return ended.error();
  if (out == text) return std::optional<std::string>{};
  return std::optional{std::move(out)};
}

}  // namespace tsg::governance
