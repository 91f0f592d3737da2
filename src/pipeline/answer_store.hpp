// Answers kept for replay: sealed with a key of their own, bound to the request they answer (IDM-7, ENC-8).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Empty: too large to keep.
store::StoredAnswer seal_answer(RequestContext const& ctx, int status, std::string_view content_type);
// nullopt: the stored bytes are not what was sealed under this key.
std::optional<std::string> open_answer(RequestContext const& ctx, store::StoredAnswer const& answer);

}  // namespace tsg::pipeline
