// Perplexity's sources: answers cite them as [1], results and links come beside the text. Clients get
// `citations` and `search_results` at top level, as Sonar gave them, and OpenAI's url_citation annotations.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "providers/raw_json.hpp"

namespace tsg::providers {

// Finds "[n]" in a text that comes in pieces; counts in characters, as annotations do.
class CitationMarks {
 public:
  void feed(std::string_view text);
  struct Mark {
    Mark(std::int64_t b, std::int64_t e, std::int64_t n) : begin{b}, end{e}, number{n} {}
    std::int64_t begin, end, number;
  };
  std::vector<Mark> const& found() const noexcept { return found_; }

 private:
  std::vector<Mark> found_;
  std::int64_t at_ = 0, opened_ = -1, number_ = 0;
};

class Sources {
 public:
  void add_results(RawNode const& list);    // [{"url","title",…}]
  void set_results(RawNode const& list);    // the same, instead of what was there
  void set_citations(RawNode const& list);  // ["https://…"]
  bool empty() const noexcept { return links_.empty(); }
  // ,"citations":[…],"search_results":[…]: raw members with their leading commas.
  std::string members() const;
  std::vector<std::string> annotations(std::vector<CitationMarks::Mark> const& marks) const;

 private:
  struct Link {
    Link(std::string u, std::string t) : url{std::move(u)}, title{std::move(t)} {}
    std::string url, title;
  };
  void keep(RawNode const& list);
  std::vector<Link> links_;
  std::vector<std::string> results_;  // raw
  bool cited_ = false;                // links_ come from citations: results only lend their titles
};

}  // namespace tsg::providers
