// JSON Schema to the small OpenAPI subset that older models take (§2.6).
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::providers::gemini {

// `raw` is a JSON object. References are inlined, allOf merged, oneOf read as anyOf, const as an enum of one,
// null as `nullable`; keywords that the subset does not know are left out. Order of properties is kept.
// Errors: unsupported_parameter, for recursion and references to elsewhere; `param` is where the schema
// stands.
Result<std::string> openapi_schema(std::string_view raw, std::string_view param);

// An object without any property: tools without parameters have no schema at all.
bool no_parameters(std::string_view raw);

}  // namespace tsg::providers::gemini
