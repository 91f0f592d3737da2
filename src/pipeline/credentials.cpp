#include "tsg/pipeline/credentials.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

using Usable = std::vector<ProviderCredential const*>;

void add(Usable& out, Credentials const& from, std::string_view provider) {
  auto const it = from.find(provider);
  if (it == from.end()) return;
  for (auto const& c : it->second)
    if (std::none_of(out.begin(), out.end(), [&](auto const* other) { return other->name == c.name; }))
      out.push_back(&c);
}

}  // namespace

std::vector<ProviderCredential const*> usable_credentials(Credentials const& configured,
                                                          Credentials const& stored,
                                                          std::string_view provider, std::string_view org) {
  Usable all;
  add(all, stored, provider);
  add(all, configured, provider);
  bool const own =
      std::any_of(all.begin(), all.end(), [&](auto const* c) { return !c->org.empty() && c->org == org; });
  std::erase_if(all, [&](auto const* c) { return c->org != (own ? org : std::string_view{}); });
  return all;
}

}  // namespace tsg::pipeline
