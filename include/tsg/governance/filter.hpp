// Content rules applied to text that comes in pieces. The outcome does not depend on how it is cut: work is
// done on views of fixed size at positions that only the text decides.
#pragma once
#include <memory>
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
  std::vector<Matched> matched() const;

 private:
  ContentRules const* rules_;
  std::vector<std::uint32_t> counts_;
};

// One text (a message part, one choice of a stream). Holds back at most 2 * window + 4 bytes.
class TextFilter {
 public:
  TextFilter(ContentRules const& rules, Tally& tally) : rules_{&rules}, tally_{&tally} {}
  // Appends what may leave to `out`. An error is a `deny` rule: nothing after it may leave.
  Result<> feed(std::string_view text, std::string& out);
  Result<> finish(std::string& out);  // everything that is held back
  bool holding() const noexcept { return !held_.empty(); }

 private:
  Result<bool> step(std::size_t view, std::string& out);
  ContentRules const* rules_;
  Tally* tally_;
  std::string held_;
  char before_ = '\n';  // last byte that left: context for \b
};

// A whole text at once: nullopt = unchanged.
Result<std::optional<std::string>> filter_text(ContentRules const& rules, Tally& tally,
                                               std::string_view text);

}  // namespace tsg::governance
