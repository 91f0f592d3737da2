// The only place that knows statuses.
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/http/message.hpp"

namespace tsg::pipeline {

// The one exit from Errc to HTTP (contract §3): status, body and retry headers. Also used by the admin API.
struct ErrorResponse {
  int status = 500;
  http::Headers headers;
  std::string body;
};
ErrorResponse to_response(Error const& error, std::string_view request_id);
int status_of(Error const& error) noexcept;
std::string_view code_of(Error const& error) noexcept;  // the contract's `code`
std::string error_event(Error const& error);            // `data: {"error":…}\n\n`

}  // namespace tsg::pipeline
