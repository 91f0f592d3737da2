// Events that only keep a connection open. Comments never get this far (SSE-2); some servers send events.
#pragma once
#include "tsg/http/sse.hpp"

namespace tsg::providers {

// Nothing in it, or a name of its own without anything that looks like a part of an answer.
inline bool keeps_alive(http::SseSplitter::Event const& event) noexcept {
  if (event.data.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
  if (event.name.empty() || event.name == "message" || event.name == "error") return false;
  return event.data.find("\"choices\"") == std::string_view::npos &&
         event.data.find("\"error\"") == std::string_view::npos &&
         event.data.find("\"usage\"") == std::string_view::npos;
}
// For dialects whose events have names: only what such servers call them.
inline bool pings(http::SseSplitter::Event const& event) noexcept {
  if (event.data.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
  return (event.name == "ping" || event.name == "keepalive" || event.name == "keep-alive" ||
          event.name == "heartbeat") &&
         event.data.find("\"error\"") == std::string_view::npos;
}

}  // namespace tsg::providers
