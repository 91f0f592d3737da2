#include "providers/sources.hpp"

#include <algorithm>

#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

constexpr std::size_t kMarksMax = 1000, kResultsMax = 1000;

}  // namespace

void CitationMarks::feed(std::string_view text) {
  for (char const c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;  // not the first byte of its character
    if (c == '[') {
      opened_ = at_;
      number_ = 0;
    } else if (opened_ >= 0 && c >= '0' && c <= '9' && number_ < 1000) {
      number_ = number_ * 10 + (c - '0');
    } else {
      if (c == ']' && opened_ >= 0 && number_ > 0 && found_.size() < kMarksMax)
        found_.emplace_back(opened_, at_ + 1, number_);
      opened_ = -1;
    }
    ++at_;
  }
}

void Sources::keep(RawNode const& list) {
  for (auto const& element : list.members()) {
    auto const result = list.child(element);
    auto url = text_of(result["url"]);
    if (results_.size() == kResultsMax) return;
    auto title = text_of(result["title"]);
    results_.emplace_back(list.raw(element));
    if (!cited_) {
      links_.emplace_back(std::move(url), std::move(title));
      continue;
    }
    auto const cited = std::ranges::find(links_, url, &Link::url);
    if (cited != links_.end()) cited->title = std::move(title);
  }
}

void Sources::add_results(RawNode const& list) {
  keep(list);
}

void Sources::set_results(RawNode const& list) {
  results_.clear();
  if (!cited_) links_.clear();
  keep(list);
}

void Sources::set_citations(RawNode const& list) {
  links_.clear();
  cited_ = true;
  for (auto const& element : list.members())
    if (auto url = text_of(list.raw(element)); links_.size() < kResultsMax)
      links_.emplace_back(std::move(url), "");
}

std::string Sources::members() const {
  std::string out;
  if (!links_.empty()) {
    out += ",\"citations\":";
    json::Writer w{out};
    w.begin_array();
    for (auto const& link : links_) w.string(link.url);
    w.end_array();
  }
  if (!results_.empty()) {
    out += ",\"search_results\":";
    json::Writer w{out};
    w.begin_array();
    for (auto const& result : results_) w.raw(result);
    w.end_array();
  }
  return out;
}

std::vector<std::string> Sources::annotations(std::vector<CitationMarks::Mark> const& marks) const {
  std::vector<std::string> out;
  for (auto const& mark : marks) {
    if (mark.number > static_cast<std::int64_t>(links_.size())) continue;
    auto const& link = links_[static_cast<std::size_t>(mark.number - 1)];
    if (!link.url.empty()) out.push_back(url_citation(link.url, link.title, mark.begin, mark.end));
  }
  return out;
}

}  // namespace tsg::providers
