// JSON Schemas of clients in the subset that Anthropic compiles (§1.7).
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

struct FittedSchema {
  FittedSchema() = default;
  std::string json;
  bool weakened = false;  // something is said to the model in words that it was not held to before
};
// Key order is kept. Every object gets `additionalProperties: false`, which only narrows; `oneOf` becomes
// `anyOf`; keywords that are not compiled move into `description`. Errors, with `param`: recursion, external
// references, maps of unknown keys.
Result<FittedSchema> fit_schema(std::string_view schema, std::string const& param);

}  // namespace tsg::providers::anthropic
