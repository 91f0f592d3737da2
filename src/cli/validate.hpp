// What the gateway would refuse, before it is asked: the same readers of documents, on the whole file.
#pragma once
#include "cli/state.hpp"

namespace tsg::cli {

// The first mistake, with the thing it is in: "budget team/acme.core: 'monthly_usd' must be …".
Result<> validate(Items const& items);

}  // namespace tsg::cli
