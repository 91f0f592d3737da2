// The strict reading of a request head, before Beast sees it: what Beast 1.81 lets through and a gateway
// must refuse (standards 8.2, HTTP-1 … HTTP-5, HTTP-12 … HTTP-14).
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/http/message.hpp"
#include "tsg/http/parser.hpp"

namespace tsg::http {

// `raw` is a head with its empty line, every LF after a CR. Fills all of `head` but keep_alive, with views of
// `raw` and, where the path had escapes, of `decoded_path`. Allocates only while `head.fields` grows.
Result<> check_head(std::string_view raw, RequestLimits const& limits, std::string& decoded_path,
                    RequestHead& head);

// The path of an origin-form target, decoded once (HTTP-14); "" or the rule it breaks (static).
std::string_view decode_path(std::string_view encoded, std::string& storage, std::string_view& path);

// What to say of a head that is longer than allowed: its target may be the reason.
Error too_large_error(std::string_view raw_prefix, RequestLimits const& limits);

}  // namespace tsg::http
