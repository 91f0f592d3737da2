#include "app/secrets.hpp"

#include <algorithm>

namespace tsg::app {
namespace {

constexpr std::size_t kTokenLeast = 32;

std::string problem(char const* name, std::string_view what) {
  return std::string{"secrets."} + name + ": " + std::string{what};
}

std::optional<crypto::SecretKey> key32(config::SecretRef const& ref, char const* name,
                                       std::vector<std::string>& errors) {
  auto bytes = config::read_key32(ref);
  if (!bytes) {
    errors.push_back(problem(name, bytes.error().message()));
    return std::nullopt;
  }
  crypto::SecretKey key{std::span<std::uint8_t const, 32>{bytes->data(), 32}};
  std::fill(bytes->begin(), bytes->end(), std::uint8_t{0});
  return key;
}

}  // namespace

ReadSecrets read_secrets(config::Secrets const& refs) {
  ReadSecrets out;
  auto pepper = key32(refs.key_pepper, "key_pepper", out.errors);
  auto master = key32(refs.master_key, "master_key", out.errors);
  auto token = config::read_secret(refs.admin_token);
  if (!token)
    out.errors.push_back(problem("admin_token", token.error().message()));
  else if (token->size() < kTokenLeast)
    out.errors.push_back(problem("admin_token", "must have at least 32 characters"));
  if (out.errors.empty()) out.secrets = Secrets{std::move(*pepper), std::move(*master), std::move(*token)};
  return out;
}

}  // namespace tsg::app
