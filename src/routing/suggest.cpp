#include "tsg/routing/suggest.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "tsg/core/nearest.hpp"

namespace tsg::routing {

std::string does_not_exist(std::string_view name) {
  std::string shown{name.substr(0, 128)};
  std::ranges::replace_if(
      shown, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return "The model `" + shown + "` does not exist.";
}

std::string did_you_mean(std::string_view name, catalog::Catalog const& catalog, config::Config const& config,
                         MaySuggest const& may) {
  std::vector<std::string_view> known;
  std::map<std::string_view, std::vector<std::string_view>> of;  // whose it is
  auto const add = [&](std::string_view id, std::string_view provider) {
    auto& providers = of[id];
    if (providers.empty()) known.push_back(id);
    providers.push_back(provider);
  };
  for (auto const& model : catalog.models()) {
    if (config.provider(model.provider) == nullptr || model.status == catalog::Status::retired) continue;
    add(model.id, model.provider);
    for (auto const& alias : model.aliases) add(alias, model.provider);
  }
  // Policies are asked about what is near, not about the whole catalogue.
  auto const near = [&](std::string_view to) {
    std::vector<std::string_view> out;
    for (auto const id : nearest(to, known, known.size())) {
      bool const open = !may || std::ranges::any_of(of[id], [&](std::string_view provider) {
        auto const target = target_of(provider, id, catalog, config);
        return target && may(*target);
      });
      if (open) out.push_back(id);
      if (out.size() == 3) break;
    }
    return out;
  };
  // After a prefix that names no instance the model itself may still be right.
  auto close = near(name);
  if (auto const slash = name.find('/'); close.empty() && slash != name.npos)
    close = near(name.substr(slash + 1));
  std::string out;
  for (std::size_t i = 0; i < close.size(); ++i)
    out += (i == 0 ? " Did you mean `" : i + 1 == close.size() ? "` or `" : "`, `") + std::string{close[i]};
  return out.empty() ? out : out + "`?";
}

}  // namespace tsg::routing
