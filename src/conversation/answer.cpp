#include "tsg/conversation/answer.hpp"

#include <algorithm>

#include "tsg/json/writer.hpp"

namespace tsg::conversation {

bool WholeChoice::has(Event::Item kind) const noexcept {
  return std::ranges::any_of(items, [kind](WholeItem const& i) { return i.kind == kind && !i.text.empty(); });
}

bool WholeChoice::calls() const noexcept {
  return std::ranges::any_of(items, &is_call);
}

std::string WholeChoice::joined(Event::Item kind) const {
  std::string out;
  for (auto const& item : items)
    if (item.kind == kind) out += item.text;
  return out;
}

std::string WholeChoice::thoughts() const {
  std::string out;
  for (auto const& item : items)
    if (is_thought(item)) out += item.text;
  return out;
}

std::size_t Answer::spoken_bytes() const {
  if (verbatim) return verbatim->content.size();
  return choices.empty() ? 2 : json::quoted(choices.front().joined(Event::Item::text)).size();
}

std::size_t Answer::bytes() const noexcept {
  auto sum = extra.size() + (verbatim ? verbatim->body.size() : 0);
  for (auto const& choice : choices) {
    sum += choice.extra.size() + choice.logprobs.size();
    for (auto const& one : choice.citations) sum += one.size();
    for (auto const& item : choice.items) sum += item.text.size() + item.extra.size();
  }
  return sum;
}

std::int64_t characters(std::string_view text) noexcept {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

}  // namespace tsg::conversation
