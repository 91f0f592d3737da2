#include "tsg/routing/suggest.hpp"

#include <algorithm>

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
  for (auto const& model : catalog.models()) {
    if (config.provider(model.provider) == nullptr || model.status == catalog::Status::retired) continue;
    auto const suggest = [&](std::string_view id) {
      auto const target = target_of(model.provider, id, catalog, config);
      if (!may || (target && may(*target))) known.push_back(id);
    };
    suggest(model.id);
    for (auto const& alias : model.aliases) suggest(alias);
  }
  // After a prefix that names no instance the model itself may still be right.
  auto close = nearest(name, known, 3);
  if (auto const slash = name.find('/'); close.empty() && slash != name.npos)
    close = nearest(name.substr(slash + 1), known, 3);
  std::string out;
  for (std::size_t i = 0; i < close.size(); ++i)
    out += (i == 0 ? " Did you mean `" : i + 1 == close.size() ? "` or `" : "`, `") + std::string{close[i]};
  return out.empty() ? out : out + "`?";
}

}  // namespace tsg::routing
