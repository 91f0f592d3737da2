// Under their old names, for who has not moved yet.
#pragma once
#include "tsg/conversation/errors.hpp"

namespace tsg::providers {
using conversation::indexed;
using conversation::wrong;
}  // namespace tsg::providers
