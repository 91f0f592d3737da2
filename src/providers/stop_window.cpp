#include "providers/stop_window.hpp"

#include <algorithm>

#include "providers/read_fields.hpp"

namespace tsg::providers {
namespace {

constexpr std::size_t kSequencesMax = 16;  // OpenAI takes 4, the others up to 8
constexpr std::size_t kBytesMax = 1024;    // of one: so much of a stream may be held back

// Of `matched` bytes and the next one: how many match then.
template <class Sequence>
std::size_t advance(Sequence const& s, std::size_t matched, char next) noexcept {
  while (matched > 0 && s.text[matched] != next) matched = s.fallback[matched - 1];
  return s.text[matched] == next ? matched + 1 : 0;
}

}  // namespace

StopWindow::Sequence::Sequence(std::string t) : text{std::move(t)}, fallback(text.size(), 0) {
  for (std::size_t i = 1; i < text.size(); ++i) fallback[i] = advance(*this, fallback[i - 1], text[i]);
}

StopWindow::StopWindow(std::vector<std::string> const& sequences) {
  for (auto const& one : sequences)
    if (!one.empty()) sequences_.emplace_back(one);
}

std::string StopWindow::feed(std::string_view piece) {
  if (hit_) return {};
  auto const before = held_.size();
  held_ += piece;
  std::size_t longest = 0;
  for (auto i = before; i < held_.size() && !hit_; ++i) {
    std::size_t ended = 0;  // of those that end here, the one that begins first
    longest = 0;
    for (auto& s : sequences_) {
      s.matched = advance(s, s.matched, held_[i]);
      longest = std::max(longest, s.matched);
      if (s.matched == s.text.size()) ended = std::max(ended, s.matched);
    }
    if (ended == 0) continue;
    hit_ = true;
    held_.resize(i + 1 - ended);
    return std::exchange(held_, {});
  }
  if (piece.empty()) return {};
  auto out = held_.substr(0, held_.size() - longest);
  held_.erase(0, out.size());
  return out;
}

std::string StopWindow::rest() {
  return std::exchange(held_, {});
}

Result<> stops_bearable(std::vector<std::string> const& sequences) {
  bool const fits = sequences.size() <= kSequencesMax &&
                    std::ranges::all_of(sequences, [](auto const& s) { return s.size() <= kBytesMax; });
  if (fits) return boost::system::in_place_value;
  return wrong("stop", "may have at most 16 entries of 1024 bytes each on this model");
}

}  // namespace tsg::providers
