#include "tsg/governance/content.hpp"

#include <re2/re2.h>

namespace tsg::governance {
namespace {

RE2::Options options() {
  RE2::Options o;
  o.set_log_errors(false);
  o.set_max_mem(1 << 20);  // of one pattern's automaton; beyond it RE2 falls back to the slower NFA
  return o;
}

class Regex final : public Matcher {
 public:
  Regex(std::string const& regex, std::size_t longest) : re_{regex, options()}, longest_{longest} {}
  bool ok() const { return re_.ok(); }
  std::string const& error() const { return re_.error(); }
  bool matches_empty() const { return RE2::FullMatch("", re_); }

  std::optional<Found> find(std::string_view text, std::size_t from) const override {
    re2::StringPiece const all{text.data(), text.size()};
    while (from <= text.size()) {
      re2::StringPiece hit;
      if (!re_.Match(all, from, text.size(), RE2::UNANCHORED, &hit, 1)) return std::nullopt;
      auto const begin = static_cast<std::size_t>(hit.data() - text.data());
      if (!hit.empty()) return Found{begin, begin + hit.size()};
      from = begin + 1;  // an empty match hides nothing
    }
    return std::nullopt;
  }
  std::size_t longest() const noexcept override { return longest_; }

 private:
  RE2 re_;
  std::size_t longest_;
};

}  // namespace

std::string_view to_string(Action action) noexcept {
  return action == Action::deny ? "deny" : action == Action::redact ? "redact" : "flag";
}

Result<std::shared_ptr<Matcher const>> pattern(std::string const& regex, std::size_t longest) {
  auto made = std::make_shared<Regex>(regex, longest);
  if (!made->ok()) return Error{Errc::bad_request, made->error()};
  if (made->matches_empty()) return Error{Errc::bad_request, "it matches the empty text"};
  return std::shared_ptr<Matcher const>{std::move(made)};
}

}  // namespace tsg::governance
