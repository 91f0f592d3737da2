#include <algorithm>
#include <array>

#include "providers/perplexity/adapter.hpp"

namespace tsg::providers::perplexity {
namespace {

constexpr std::array<std::string_view, 7> kReserved{
    "web_search", "search_web", "people_search", "search_people", "fetch_url", "finance_search", "sandbox"};
constexpr std::string_view kPrefix = "fn_";

bool reserved_below_prefixes(std::string_view name) {
  while (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return reserved(name);
}

}  // namespace

bool reserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != kReserved.end();
}

std::string name_out(std::string_view name) {
  std::string out{reserved_below_prefixes(name) ? kPrefix : ""};
  return out += name;
}

std::string name_in(std::string_view name) {
  if (name.starts_with(kPrefix) && reserved_below_prefixes(name)) name.remove_prefix(kPrefix.size());
  return std::string{name};
}

}  // namespace tsg::providers::perplexity
