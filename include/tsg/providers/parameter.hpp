// What a dialect does with each parameter of a chat request. One table per dialect: requests are judged by
// it, and the README's table is made from it (tests/unit/providers/parameter_test.cpp).
#pragma once
#include <cstdint>
#include <string_view>

namespace tsg::providers {

enum class Fate : std::uint8_t {
  mapped,   // the adapter sends its equivalent, where the model takes it
  dropped,  // harmless to leave out; listed in the audit record
  waived,   // sampling that the model has no control for: left out and listed, refused where strict is asked
  refused,  // leaving it out would change the answer: unsupported_parameter
};

struct Parameter {
  std::string_view name;  // top-level member of the client's body
  Fate fate;
  std::string_view note;     // mapped: to what; dropped: why harmless; refused: what to do instead
  std::string_view neutral;  // values that ask for nothing, as JSON, separated by `|`; `null` always is one
  // The words of a closed set, separated by `|`, where the gateway decides on them; of an object those of
  // some members: "type:text|json_schema;detail.level:low|high". Any other word is refused, and the refusal
  // lists these. "" = any.
  std::string_view values = {};
};

}  // namespace tsg::providers
