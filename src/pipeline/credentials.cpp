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

ProviderCredential const* pick_credential(Credentials const& configured, Credentials const& stored,
                                          std::string_view provider, std::string_view org,
                                          RequestId const& id) {
  Usable all;
  add(all, stored, provider);
  add(all, configured, provider);
  bool const own =
      std::any_of(all.begin(), all.end(), [&](auto const* c) { return !c->org.empty() && c->org == org; });
  std::erase_if(all, [&](auto const* c) { return c->org != (own ? org : std::string_view{}); });
  int total = 0;
  for (auto const* c : all) total += c->weight;
  if (total <= 0) return nullptr;
  // Smooth enough for a stateless choice.
  int at = (id.bytes()[14] << 8 | id.bytes()[15]) % total;
  for (auto const* c : all)
    if ((at -= c->weight) < 0) return c;
  return all.back();
}

}  // namespace tsg::pipeline
