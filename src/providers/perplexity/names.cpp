#include <algorithm>
#include <array>

#include "providers/perplexity/adapter.hpp"

namespace tsg::providers::perplexity {
namespace {

constexpr std::array<std::string_view, 7> kReserved{
    "web_search", "search_web", "people_search", "search_people", "fetch_url", "finance_search", "sandbox"};

}  // namespace

std::span<std::string_view const> reserved_names() {
  return kReserved;
}

bool reserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != kReserved.end();
}

}  // namespace tsg::providers::perplexity
