// Text forms of the configuration's value types. Parsers return nullopt and leave the words to the caller.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/config/config.hpp"

namespace tsg::config {

bool loopback_host(std::string_view host) noexcept;  // 127.0.0.0/8, ::1, localhost

// "127.0.0.1:8080", "[::1]:0", "localhost:80" (= 127.0.0.1). Addresses only: no look-ups at start.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// "http(s)://host[:port][/path]" without user, query or fragment. A trailing slash is dropped.
std::optional<Url> parse_url(std::string_view text);

// "10.0.0.0/8", "fd00::/8", or one address, which gets the full prefix. Returns the text with prefix.
std::optional<std::string> parse_cidr(std::string_view text);

// env:NAME, file:PATH, credential:NAME. Relative paths are relative to `base`.
std::optional<SecretRef> parse_secret_ref(std::string_view text, std::filesystem::path const& base);

// 1..63 of [A-Za-z0-9._-]: instances and credentials appear in headers, metrics and model names.
bool plain_name(std::string_view text) noexcept;

}  // namespace tsg::config
