// What to say of a model's name that nobody has.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "tsg/routing/resolver.hpp"

namespace tsg::routing {

std::string does_not_exist(std::string_view name);

// May this be named to whoever asks? Empty: everything may.
using MaySuggest = std::function<bool(Target const&)>;
// " Did you mean `a` or `b`?" of the models that are not retired and may be suggested; "" if none is near.
std::string did_you_mean(std::string_view name, catalog::Catalog const& catalog, config::Config const& config,
                         MaySuggest const& may);

}  // namespace tsg::routing
