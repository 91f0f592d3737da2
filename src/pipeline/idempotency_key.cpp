#include "pipeline/idempotency_key.hpp"

#include <algorithm>

#include "tsg/core/crypto.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::size_t kMax = 255;

bool bare(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"._:~+/=-"}.find(c) != std::string_view::npos;
}

std::optional<std::string> quoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') return i + 1 == text.size() ? std::optional{out} : std::nullopt;
    if (c == '\\') {
      if (++i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
      c = text[i];
    } else if (c < 0x20 || c > 0x7e) {
      return std::nullopt;
    }
    out += c;
  }
  return std::nullopt;  // not closed
}

}  // namespace

std::optional<std::string> parse_idempotency_key(std::string_view value) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  auto key = value.front() == '"'                            ? quoted(value)
             : std::all_of(value.begin(), value.end(), bare) ? std::optional{std::string{value}}
                                                             : std::nullopt;
  if (!key || key->empty() || key->size() > kMax) return std::nullopt;
  return key;
}

Digest fingerprint(std::string_view route, std::string_view body) {
  std::string const head = "POST\n" + std::string{route} + '\n';
  return crypto::sha256({as_bytes(head), as_bytes(body)});
}

}  // namespace tsg::pipeline
