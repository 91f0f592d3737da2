// What a provider says is left of its limits for our credential.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "tsg/providers/dialect.hpp"

namespace tsg::pipeline {

using HeadField = std::function<std::optional<std::string_view>(std::string_view name)>;

// Of the fullest limit, in thousandths; nullopt: it says nothing, or nothing sensible (LIM-6: some say -1).
std::optional<std::int64_t> remaining_permille(std::span<providers::RateHeaders const> told,
                                               HeadField const& field);

}  // namespace tsg::pipeline
