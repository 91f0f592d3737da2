// Whose rules hold for a model that is not listed: providers ship new members of a family faster than
// catalogues follow, and a new member behaves like the newest, not like the oldest.
#include <algorithm>
#include <tuple>

#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {
namespace {

// The words of an id that are no numbers: "claude-opus-5-5" -> claude, opus.
std::vector<std::string_view> words_of(std::string_view id) {
  std::vector<std::string_view> out;
  while (!id.empty()) {
    auto const word = id.substr(0, id.find_first_of("-_/:"));
    if (!word.empty() && (word[0] < '0' || word[0] > '9')) out.push_back(word);
    id.remove_prefix(std::min(id.size(), word.size() + 1));
  }
  return out;
}

// Two for each word in common, one off for each that the asked one lacks: "flash" is nearer to "flash" than
// to "flash-lite". The first word must be the same.
int kinship(std::vector<std::string_view> const& asked, std::vector<std::string_view> const& known) {
  if (asked.empty() || known.empty() || asked.front() != known.front()) return 0;
  int score = 0;
  for (auto const word : known) score += std::ranges::find(asked, word) != asked.end() ? 2 : -1;
  return std::max(score, 1);
}

}  // namespace

Model const* Catalog::family(std::string_view provider, std::string_view id) const noexcept {
  auto const asked = words_of(id);
  Model const* best = nullptr;
  auto rank = std::tuple{-1, std::string_view{}};
  for (auto const& model : models_) {
    if (model.provider != provider || model.status == Status::retired || model.mode == Mode::embedding)
      continue;
    auto const mine = std::tuple{kinship(asked, words_of(model.id)), std::string_view{model.released}};
    if (mine <= rank) continue;
    best = &model;
    rank = mine;
  }
  return best;
}

}  // namespace tsg::catalog
