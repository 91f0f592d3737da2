// The one table of dialects. A new dialect is one folder and one line here.
#include <algorithm>
#include <deque>

#include "providers/anthropic/adapter.hpp"
#include "providers/gemini/adapter.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/sonar/adapter.hpp"
#include "providers/xai/adapter.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers {
namespace {

class Table {
 public:
  Table() {
    add(openai::dialect());
    add(anthropic::dialect());
    add(gemini::dialect());
    add(xai::dialect());
    add(perplexity::dialect());
    add(sonar::dialect());
  }
  void add(Dialect const& one) {
    dialects_.push_back(one);
    if (std::ranges::find(sellers_, one.seller) == sellers_.end()) sellers_.push_back(one.seller);
  }
  std::deque<Dialect> const& dialects() const noexcept { return dialects_; }
  std::vector<std::string_view> const& sellers() const noexcept { return sellers_; }

 private:
  std::deque<Dialect> dialects_;  // grows without moving what is in it
  std::vector<std::string_view> sellers_;
};

Table& table() {
  static Table instance;
  return instance;
}

}  // namespace

Dialect const* dialect(std::string_view name) noexcept {
  auto const& all = table().dialects();
  auto const found = std::ranges::find(all, name, &Dialect::name);
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string_view> dialects() {
  std::vector<std::string_view> out;
  for (auto const& one : table().dialects()) out.push_back(one.name);
  return out;
}

Dialect const& common_dialect() noexcept {
  return table().dialects().front();
}

std::vector<std::string_view> const& sellers() noexcept {
  return table().sellers();
}

void add_dialect(Dialect const& added) {
  table().add(added);
}

ProviderAdapter const* adapter_for(std::string_view name) {
  auto const* found = dialect(name);
  return found == nullptr ? nullptr : &found->adapter();
}

}  // namespace tsg::providers
