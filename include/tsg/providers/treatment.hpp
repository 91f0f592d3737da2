// What a dialect does with each thing that a client can ask for. Requests are judged by it, bounds ask it,
// and the README's table is made from it (tests/unit/providers/treatment_table_test.cpp).
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tsg/conversation/feature.hpp"

namespace tsg::providers {

using conversation::Feature;

enum class Fate : std::uint8_t {
  unsaid,   // the table has forgotten it: refused, and a test fails
  mapped,   // the adapter sends its equivalent, where the model takes it
  dropped,  // harmless to leave out; listed in the audit record
  waived,   // sampling that the model has no control for: left out and listed, refused where strict is asked
  refused,  // leaving it out would change the answer: unsupported_parameter
};

// Of what nobody could say whether leaving it out changes the answer.
inline constexpr std::string_view kNotKnown = "is not known to this provider's dialect: leave it out";

struct Treatment {
  Feature feature = Feature::unknown;
  Fate fate = Fate::unsaid;
  std::string_view note = kNotKnown;  // mapped: to what; dropped: why harmless; refused: what to do instead
  std::string_view neutral =
      {};  // values that ask for nothing, as JSON, separated by `|`; `null` always is one
  // The words of a closed set, separated by `|`, where the gateway decides on them; of an object those of
  // some members: "type:text|json_schema;detail.level:low|high". Any other word is refused, and the refusal
  // lists these. "" = any: in its own dialect the provider judges its own words.
  std::string_view values = {};
  // mapped: those of `values` that have an equivalent; the others are dropped. "" = all.
  std::string_view sent = {};
};

// One treatment for each feature.
class Treatments {
 public:
  constexpr Treatments() {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i].feature = static_cast<Feature>(i);
    all_[0].fate = Fate::refused;  // Feature::unknown
  }
  constexpr Treatments(std::initializer_list<Treatment> own) : Treatments{} { set(own); }
  // The same, but for `own`.
  constexpr Treatments with(std::initializer_list<Treatment> own) const {
    auto out = *this;
    out.set(own);
    return out;
  }
  constexpr Treatment const& operator[](Feature feature) const noexcept {
    return all_[static_cast<std::size_t>(feature)];
  }

 private:
  constexpr void set(std::initializer_list<Treatment> own) {
    for (auto const& t : own) all_[static_cast<std::size_t>(t.feature)] = t;
  }
  std::array<Treatment, conversation::kFeatures> all_{};
};

// Whether what was asked for, as JSON, does not go upstream. An encoder may leave out more where a model
// has no such control.
bool leaves_out(Treatment const& treatment, std::string_view raw);

}  // namespace tsg::providers
