#include "tsg/pipeline/credentials.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

using Usable = std::vector<ProviderCredential const*>;

// What the organisation may not use is not there for it: it hides no other of its name either.
void add(Usable& out, Credentials const& from, std::string_view provider, std::string_view org) {
  auto const it = from.find(provider);
  if (it == from.end()) return;
  for (auto const& c : it->second) {
    bool const theirs = c.org.empty() || c.org == org;
    if (theirs && std::ranges::none_of(out, [&](auto const* other) { return other->name == c.name; }))
      out.push_back(&c);
  }
}

}  // namespace

std::vector<ProviderCredential const*> usable_credentials(Credentials const& configured,
                                                          Credentials const& stored,
                                                          std::string_view provider, std::string_view org) {
  Usable all;
  add(all, stored, provider, org);
  add(all, configured, provider, org);
  if (std::ranges::any_of(all, [](auto const* c) { return !c->org.empty(); }))
    std::erase_if(all, [](auto const* c) { return c->org.empty(); });
  return all;
}

}  // namespace tsg::pipeline
