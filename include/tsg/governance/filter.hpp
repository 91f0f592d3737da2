// Content rules applied to text that comes in pieces. The outcome does not depend on how it is cut: work is
// done on views of fixed size at positions that only the text decides.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/governance/decide.hpp"

namespace tsg::governance {

enum class Side : std::uint8_t { prompt, answer };

// The rules of all policies that speak of one side. Empty for most keys: ask first.
class ContentRules {
 public:
  ContentRules(Levels const& levels, Side side);
  bool empty() const noexcept { return rules_.empty(); }
  std::size_t window() const noexcept { return window_; }  // bytes a match may have
  struct One {
    ContentRule const* rule;
    std::string const* source;
  };
  std::vector<One> const& rules() const noexcept { return rules_; }

 private:
  std::vector<One> rules_;
  std::size_t window_ = 0;
};

// How often each rule matched; index as in ContentRules::rules().
class Tally {
 public:
  explicit Tally(ContentRules const& rules) : rules_{&rules}, counts_(rules.rules().size()) {}
  void add(std::size_t rule) { ++counts_[rule]; }
  std::uint32_t count(std::size_t rule) const { return counts_[rule]; }
  std::vector<Matched> matched() const;

 private:
  ContentRules const* rules_;
  std::vector<std::uint32_t> counts_;
};

// What the text is. In JSON (a tool's arguments, an answer by a schema) what takes a match's place must leave
// it JSON: escaped inside a string, a string of its own where a number stood.
enum class Form : std::uint8_t { text, json };

// Inside a string of a JSON text, or between: all there is to know for that.
class JsonPlace {
 public:
  void pass(std::string_view text) noexcept;
  bool in_string() const noexcept { return in_string_; }
  bool escaped() const noexcept { return escaped_; }  // the next character belongs to a backslash

 private:
  bool in_string_ = false, escaped_ = false;
};

// What a rule changed, in bytes of the text it was found in: [begin, end) gives way to `text`.
struct TextEdit {
  std::size_t begin = 0, end = 0;
  std::string text;
};

// One text (a message part, one choice of a stream). Holds back at most 2 * window + 4 bytes. Linear in the
// text, however many matches there are: each rule's next match is looked for once, and remembered.
class TextFilter {
 public:
  TextFilter(ContentRules const& rules, Tally& tally, Form form = Form::text)
      : rules_{&rules}, tally_{&tally}, form_{form}, ahead_(rules.rules().size()) {}
  // Appends what may leave to `out`. An error is a `deny` rule: nothing after it may leave.
  Result<> feed(std::string_view text, std::string& out);
  Result<> finish(std::string& out);  // everything that is held back
  bool holding() const noexcept { return !held().empty(); }

  // Changes are also noted in `edits`, which must outlive the filter.
  void note_in(std::vector<TextEdit>& edits) noexcept { edits_ = &edits; }
  // Only matches that cross one of these places count, ascending: where texts that were read one by one meet.
  void only_across(std::span<std::size_t const> seams) noexcept { seams_ = seams; }

  std::size_t searches() const noexcept { return searches_; }  // calls of matchers so far: for tests

 private:
  struct Hit {  // of what is held
    std::size_t begin = 0, end = 0, rule = 0;
  };
  // What is known of one rule beyond passed_: no match begins before `clear`, and one does there if `found`.
  struct Ahead {
    std::size_t clear = 0, end = 0;
    bool found = false, cut = false;  // cut: the match filled all that could be seen
  };
  struct Tail {  // of a match that was redacted and goes on: dropped until something else comes
    Matcher const* of = nullptr;  // nullptr, and bare: the rest of a number in JSON
    char begins = 0;
    bool bare = false;
    bool any() const noexcept { return of != nullptr || bare; }
  };
  std::string_view held() const noexcept { return std::string_view{buffer_}.substr(at_); }
  Result<bool> step(std::size_t view, std::string& out);
  std::optional<Hit> first_hit(std::size_t view, std::size_t half);
  void look(std::size_t rule, std::size_t view, std::size_t half);
  bool crosses_seam(Hit hit) const noexcept;
  std::size_t redact(Hit hit, std::size_t view, std::string& out);
  void note(std::size_t begin, std::size_t end, std::string_view text);
  std::size_t unmatched(std::size_t half) const;
  bool drop_tail(std::size_t view);
  void release(std::size_t from, std::size_t to, std::string& out);
  JsonPlace place_at(std::size_t at) const;
  void forget(std::size_t bytes);
  ContentRules const* rules_;
  Tally* tally_;
  Form form_;
  JsonPlace place_;  // of the first byte held
  Tail tail_;
  std::string buffer_ = "\n";  // what is held begins at at_; the byte before it is context for \b
  std::size_t at_ = 1;
  std::size_t passed_ = 0;  // bytes of the text before what is held
  std::vector<Ahead> ahead_;
  std::vector<TextEdit>* edits_ = nullptr;
  std::span<std::size_t const> seams_;
  std::size_t searches_ = 0;
};

// A whole text at once: nullopt = unchanged.
Result<std::optional<std::string>> filter_text(ContentRules const& rules, Tally& tally, std::string_view text,
                                               Form form = Form::text);

}  // namespace tsg::governance
