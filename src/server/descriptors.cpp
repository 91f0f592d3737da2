#include "tsg/server/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace tsg::server {
namespace {

constexpr std::size_t kAdminMost = 256;
constexpr std::size_t kFiles = 40;  // store, audit head, log, signals, name server, what systemd hands over
constexpr std::size_t kPerWorker = 4;  // epoll, timer, wake-up, one to spare

}  // namespace

DescriptorShares share_descriptors(std::size_t available, config::Limits const& limits, std::size_t workers) {
  DescriptorShares out;
  auto const fixed = kFiles + kPerWorker * workers;
  auto const upstream = std::min(limits.requests, limits.connections);
  // Twice what is reserved: as many again may be giving way.
  out.wanted = fixed + kAdminMost + 2 * limits.connections_reserved + limits.connections + upstream;
  out.connections = limits.connections;
  out.admin = kAdminMost;
  out.reserved = limits.connections_reserved;
  if (available >= out.wanted) return out;
  out.admin = std::clamp<std::size_t>(available / 8, 4, kAdminMost);
  out.reserved = std::min(limits.connections_reserved, available / 64);
  auto const kept = fixed + out.admin + 2 * out.reserved;
  auto const left = available > kept ? available - kept : 0;
  // Beyond as many as can be served at once, a connection costs one.
  auto const room = left / 2 <= upstream ? left / 2 : left - upstream;
  out.connections = std::clamp<std::size_t>(room, 1, limits.connections);
  return out;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  auto raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace tsg::server
