// One admin request, who makes it, and its answer.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "admin/roles.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/server/exchange.hpp"

namespace tsg::admin {

struct Principal {  // whose token it is
  Principal() = default;
  std::string actor;  // "token:owner", "token:tok_…": as audit records name it
  Role role = Role::metrics;
  std::string org;  // "" = all organisations
  // What another organisation's ids look like to a limited token: they do not exist (404, ASVS 8.4.1).
  bool sees(std::string_view other) const noexcept { return org.empty() || org == other; }
};

struct Call {
  Call(server::Exchange& e, WallTime n, RequestId i) : http{e}, now{n}, id{i} {}
  server::Exchange& http;
  WallTime now;
  RequestId id;
  Principal who;
  std::vector<std::string> params;  // what {…} of the path matched, in order
};

struct Reply {
  Reply() = default;
  Reply(int s, std::string b) : status{s}, body{std::move(b)} {}
  int status = 200;
  std::string body;
  std::string etag;  // quoted
  std::string content_type = "application/json";
};

}  // namespace tsg::admin
