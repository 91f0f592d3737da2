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
  place.pass(held().substr(0, at));
  return place;
}

void TextFilter::release(std::size_t from, std::size_t to, std::string& out) {
  out += held().substr(from, to - from);
}

// What has left stays in the buffer until it is the larger part of it: nothing is moved for each match.
void TextFilter::forget(std::size_t bytes) {
  if (form_ == Form::json) place_ = place_at(bytes);
  at_ += bytes;
  passed_ += bytes;
}

void TextFilter::note(std::size_t begin, std::size_t end, std::string_view text) {
  if (edits_ == nullptr) return;
  begin += passed_;
  end += passed_;
  if (text.empty() && !edits_->empty() && edits_->back().end == begin)
    edits_->back().end = end;
  else
    edits_->push_back({begin, end, std::string{text}});
}

// The next match of one rule that begins in the first `half` bytes. From where it has been looked for before.
void TextFilter::look(std::size_t rule, std::size_t view, std::size_t half) {
  auto& ahead = ahead_[rule];
  auto const from = std::max(ahead.clear, passed_) - passed_;
  // One byte of context before what is held.
  auto const text = std::string_view{buffer_}.substr(at_ - 1, view + 1);
  auto const found = rules_->rules()[rule].rule->matcher->find(text, from + 1);
  ++searches_;
  ahead.found = found && found->begin - 1 < half;
  ahead.clear = passed_ + (ahead.found ? found->begin - 1 : half);
  if (!ahead.found) return;
  ahead.end = passed_ + found->end - 1;
  ahead.cut = found->end - 1 == view && view < held().size();
}

// A match that begins in the first half of a view is the same whatever the view: it is as long as the window
// at most, or was cut, and then it is looked at again. So what one rule found stays known while others match.
std::optional<TextFilter::Hit> TextFilter::first_hit(std::size_t view, std::size_t half) {
  auto first = passed_ + half;  // nobody need look beyond the first that is known
  for (auto const& a : ahead_)
    if (a.found && a.clear >= passed_) first = std::min(first, a.clear);
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    auto& a = ahead_[i];
    bool const known = a.found ? a.clear >= passed_ : a.clear >= first;
    if (known && !(a.found && a.cut && a.clear == first)) continue;
    look(i, view, half);
    if (a.found) first = std::min(first, a.clear);
  }
  std::optional<Hit> out;
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    auto const& a = ahead_[i];
    if (!a.found || a.clear != first || (out && passed_ + out->end >= a.end)) continue;
    out = Hit{a.clear - passed_, a.end - passed_, i};
  }
  return out;
}

bool TextFilter::crosses_seam(Hit hit) const noexcept {
  auto const seam = std::ranges::upper_bound(seams_, passed_ + hit.begin);
  return seam != seams_.end() && *seam < passed_ + hit.end;
}

// How much may leave of what holds no match. Characters are not cut, nor in JSON numbers and escapes: the
// rest of them may have to be replaced with them.
std::size_t TextFilter::unmatched(std::size_t half) const {
  auto leave = half;
  while (leave > 0 && leave < held().size() && continues(held()[leave])) --leave;
  if (form_ == Form::text || leave == held().size()) return leave;
  auto const place = place_at(leave);
  auto whole = leave;
  if (place.escaped()) --whole;
  if (!place.in_string())
    while (whole > 0 && bare(held()[whole - 1])) --whole;
  return whole > 0 ? whole : leave;
}

// Writes what takes the match's place; the end of what it stands for.
std::size_t TextFilter::redact(Hit hit, std::size_t view, std::string& out) {
  auto const& rule = *rules_->rules()[hit.rule].rule;
  tail_ = Tail{};
  if (hit.end == view && view < held().size()) {
    tail_.of = rule.matcher.get();
    tail_.begins = held()[hit.begin];
  }
  if (form_ == Form::text) {
    release(0, hit.begin, out);
    out += rule.replacement;
    note(hit.begin, hit.end, rule.replacement);
    return hit.end;
  }
  auto const from = place_at(hit.begin);
  if (from.escaped() && hit.begin > 0) --hit.begin;
  if (!from.in_string())
    while (hit.begin > 0 && bare(held()[hit.begin - 1])) --hit.begin;
  if (place_at(hit.end).escaped() && hit.end < view) ++hit.end;
  auto const to = place_at(hit.end);
  release(0, hit.begin, out);
  auto const quoted = json::quoted(rule.replacement);
  bool const opens = !from.in_string(), closes = !to.in_string();
  auto const put =
      std::string_view{quoted}.substr(opens ? 0 : 1, quoted.size() - (opens ? 0 : 1) - (closes ? 0 : 1));
  out += put;
  note(hit.begin, hit.end, put);
  if (opens && closes && tail_.of == nullptr) tail_.bare = true;
  return hit.end;
}

// False: there is none, or nothing of it here.
bool TextFilter::drop_tail(std::size_t view) {
  if (!tail_.any()) return false;
  std::size_t n = 0;
  while (n < view && (tail_.of ? tail_.of->goes_on(tail_.begins, held()[n]) : bare(held()[n]))) ++n;
  if (form_ == Form::json && n < view && place_at(n).escaped()) ++n;
  if (n < view) tail_ = Tail{};
  if (n == 0) return false;
  note(0, n, "");
  forget(n);
  return true;
}

// One step on the first `view` bytes that are held: either everything up to and with the first match leaves,
// or, without one, the first half. Which bytes are looked at depends on positions in the text alone.
Result<bool> TextFilter::step(std::size_t view, std::string& out) {
  if (drop_tail(view)) return true;
  std::size_t const half = view == held().size() ? view : rules_->window();
  auto const hit = first_hit(view, half);
  if (!hit) {
    auto const leave = unmatched(half);
    if (leave == 0) return false;
    release(0, leave, out);
    forget(leave);
    return true;
  }
  auto const& one = rules_->rules()[hit->rule];
  if (!seams_.empty() && !crosses_seam(*hit)) {
    release(0, hit->end, out);
    forget(hit->end);
    return true;
  }
  tally_->add(hit->rule);
  if (one.rule->action == Action::deny) {
    release(0, hit->begin, out);
    at_ = buffer_.size();
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
  if (at_ - 1 > buffer_.size() / 2) {
    buffer_.erase(0, at_ - 1);
    at_ = 1;
  }
  buffer_ += text;
  auto const view = 2 * rules_->window() + kContext;
  while (held().size() > view) {
    auto more = step(view, out);
    if (!more) return more.error();
    if (!*more) break;
  }
  return boost::system::in_place_value;
}

Result<> TextFilter::finish(std::string& out) {
  auto const view = 2 * rules_->window() + kContext;
  while (!held().empty()) {
    auto more = step(std::min(view, held().size()), out);
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
