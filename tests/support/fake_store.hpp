// The store in memory: the same contract, no durability.
#pragma once
#include <memory>

#include "tsg/core/clock.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

std::unique_ptr<Store> open_fake(Clock const& clock);

}  // namespace tsg::store
