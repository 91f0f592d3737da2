// usageMetadata to disjoint classes (FIN-14; §2.7).
#pragma once
#include "providers/raw_json.hpp"
#include "tsg/catalog/usage.hpp"

namespace tsg::providers::gemini {

// `reported` stays false where the prompt is not counted or a number is none. Absent numbers are 0.
catalog::Usage read_usage(RawNode const& metadata);

}  // namespace tsg::providers::gemini
