// The smallest value that conforms to a JSON Schema.
#pragma once
#include "types.hpp"

namespace tsg::sim {
Json fill_schema(Json const& schema);
}
