#include "governance/joined_text.hpp"

#include <algorithm>

#include "tsg/json/writer.hpp"

namespace tsg::governance {
namespace {

Result<> find_edits(ContentRules const& rules, Tally& tally, std::string_view text,
                    std::span<std::size_t const> seams, std::vector<TextEdit>& edits) {
  std::string unused;
  TextFilter filter{rules, tally};
  filter.note_in(edits);
  filter.only_across(seams);
  auto done = filter.feed(text, unused);
  if (done) done = filter.finish(unused);
  return done;
}

// Two that overlap are one, with the words of the first.
void merge(std::vector<TextEdit>& edits) {
  std::ranges::stable_sort(edits, {}, &TextEdit::begin);
  std::vector<TextEdit> out;
  for (auto& e : edits) {
    if (!out.empty() && e.begin < out.back().end) {
      out.back().end = std::max(out.back().end, e.end);
      if (out.back().text.empty()) out.back().text = std::move(e.text);
    } else {
      out.push_back(std::move(e));
    }
  }
  edits = std::move(out);
}

std::string edited(std::string_view text, std::vector<TextEdit> const& edits) {
  std::string out;
  std::size_t at = 0;
  for (auto const& e : edits) {
    out += text.substr(at, e.begin - at);
    out += e.text;
    at = e.end;
  }
  return out += text.substr(at);
}

}  // namespace

Result<> JoinedText::add(ContentRules const& rules, Tally& tally, json::Span span, std::string text,
                         bool changed) {
  Piece piece;
  piece.span = span;
  piece.changed = changed;
  auto done = find_edits(rules, tally, text, {}, piece.edits);
  if (!done) return done;
  piece.text = std::move(text);
  pieces_.push_back(std::move(piece));
  return boost::system::in_place_value;
}

Result<> JoinedText::meet(ContentRules const& rules, Tally& tally) {
  std::string all;
  std::vector<std::size_t> seams;
  std::vector<TextEdit> edits;
  for (auto& piece : pieces_) {
    if (!all.empty()) seams.push_back(all.size());
    for (auto& e : piece.edits)
      edits.push_back({e.begin + all.size(), e.end + all.size(), std::move(e.text)});
    piece.edits.clear();
    all += piece.text;
  }
  auto done =
      seams.empty() ? Result<>{boost::system::in_place_value} : find_edits(rules, tally, all, seams, edits);
  if (!done) return done;
  merge(edits);
  std::size_t begin = 0, next = 0;  // of the piece; the first edit that may concern it
  for (auto& piece : pieces_) {
    auto const end = begin + piece.text.size();
    for (auto i = next; i < edits.size() && edits[i].begin < end; ++i) {
      if (edits[i].end <= begin) continue;
      auto const from = std::max(edits[i].begin, begin), to = std::min(edits[i].end, end);
      piece.edits.push_back({from - begin, to - begin, std::exchange(edits[i].text, {})});
      if (edits[i].end <= end) next = i + 1;
    }
    begin = end;
  }
  return boost::system::in_place_value;
}

Result<> JoinedText::finish(ContentRules const& rules, Tally& tally, std::vector<Replacement>& changes) {
  auto done = meet(rules, tally);
  for (auto const& piece : pieces_)
    if (done && (piece.changed || !piece.edits.empty()))
      changes.push_back({piece.span, json::quoted(edited(piece.text, piece.edits))});
  pieces_.clear();
  return done;
}

}  // namespace tsg::governance
