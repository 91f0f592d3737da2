// Which of a provider's credentials a request may use: those of the configuration and those stored through
// the admin API, weighted, some of them for one organisation only.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tsg::pipeline {

struct ProviderCredential {
  ProviderCredential(std::string n, std::string k, int w, std::string o = {})
      : name{std::move(n)},
        key{std::move(k)},
        weight{w},
        org{std::move(o)},
        place{org.empty() ? name : org + "/" + name} {}
  std::string name, key;
  int weight;
  std::string org;  // "" = everybody
  std::string
      place;  // health and quota know it by this: another organisation's key of the same name is another
};
using Credentials = std::map<std::string, std::vector<ProviderCredential>, std::less<>>;  // by instance

// A stored one replaces the configured one of its name, for those who may use it: one that is stored for an
// organisation leaves everybody else the configured one. Where an organisation has its own, its requests use
// nothing else. Points into what it was given.
std::vector<ProviderCredential const*> usable_credentials(Credentials const& configured,
                                                          Credentials const& stored,
                                                          std::string_view provider, std::string_view org);

}  // namespace tsg::pipeline
