// The request head, written by hand from an allow-list: nothing of the client's head comes here (HTTP-10).
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/http/message.hpp"

namespace tsg::upstream {

// The lines that are the same for every request to an origin, made once.
std::string fixed_lines(std::string_view authority);
// internal (a bug) if the path or a header would change the framing (HTTP-11).
Result<std::string> request_head(http::Method method, std::string_view path, std::string_view fixed,
                                 http::Headers const& headers, std::size_t body_bytes);

}  // namespace tsg::upstream
