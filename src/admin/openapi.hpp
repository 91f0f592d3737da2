// The OpenAPI 3.1 document, made from the route table: it cannot name a route that is not there, or miss one.
#pragma once
#include "tsg/json/value.hpp"

namespace tsg::admin {

nlohmann::ordered_json openapi();

}  // namespace tsg::admin
