// How many connections the process's file descriptors allow.
#pragma once
#include <cstddef>

#include "tsg/config/config.hpp"

namespace tsg::server {

// Accepting takes one descriptor, serving another for the connection to a provider; files, event loops and
// the admin API need theirs however many clients come. Without room for these a full house could neither be
// served nor looked after.
struct DescriptorShares {
  DescriptorShares() = default;
  std::size_t connections =
      0;                     // of clients, at most: `limits.connections_max`, or as many as there is room for
  std::size_t admin = 0;     // of the admin API
  std::size_t reserved = 0;  // of clients, for health and refusals: `limits.connections_reserved`, or fewer
  std::size_t wanted = 0;    // descriptors that would allow all of `limits`
};
DescriptorShares share_descriptors(std::size_t available, config::Limits const& limits, std::size_t workers);

// Raises the soft limit (RLIMIT_NOFILE) to the hard one, and returns what there is then.
std::size_t raise_descriptor_limit();

}  // namespace tsg::server
