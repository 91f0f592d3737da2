// The Idempotency-Key header. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/bytes.hpp"

namespace tsg::pipeline {

// A structured-field String (RFC 9651: quoted, printable ASCII, \" and \\ escaped) or a bare token of
// [A-Za-z0-9._:~+/=-]; both name the same key (IDM-3). nullopt: neither, empty, or more than 255 characters.
std::optional<std::string> parse_idempotency_key(std::string_view value);

// IDM-8: method, route and the body's bytes; no header, so that a rotated secret or another trace still
// match.
Digest fingerprint(std::string_view route, std::string_view body);

}  // namespace tsg::pipeline
