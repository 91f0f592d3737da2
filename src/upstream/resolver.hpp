// The resolver with its look-up as an argument, for tests.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tsg/upstream/make.hpp"

namespace tsg::upstream {

// Blocks; runs on the resolver's thread. No endpoints = failed, and `failure` says why.
using LookUp = std::function<Addresses(std::string const& host, std::uint16_t port)>;
Addresses system_look_up(std::string const& host, std::uint16_t port);  // getaddrinfo
std::unique_ptr<Resolver> make_resolver(LookUp look_up);

}  // namespace tsg::upstream
