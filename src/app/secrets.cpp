#include "app/secrets.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "tsg/core/guessable.hpp"

namespace tsg::app {
namespace {

constexpr std::size_t kTokenLeast = 32;
constexpr char kGuessable[] = "can be guessed: it has few different characters, or repeats or counts up. ";

std::string problem(char const* name, std::string_view what) {
  return std::string{"secrets."} + name + ": " + std::string{what};
}

std::optional<crypto::SecretKey> key32(config::SecretRef const& ref, char const* name, ReadSecrets& out) {
  auto bytes = config::read_key32(ref);
  if (!bytes) {
    out.errors.push_back(problem(name, bytes.error().message()));
    return std::nullopt;
  }
  // Not a weak key but none: a file that was made and never filled.
  if (std::ranges::all_of(*bytes, [](auto byte) { return byte == 0; })) {
    out.errors.push_back(problem(name, "is all zeros: draw one with openssl rand -hex 32"));
    return std::nullopt;
  }
  if (guessable(*bytes))
    out.warnings.push_back(problem(name, std::string{kGuessable} + "Draw one with openssl rand -hex 32"));
  crypto::SecretKey key{std::span<std::uint8_t const, 32>{bytes->data(), 32}};
  std::fill(bytes->begin(), bytes->end(), std::uint8_t{0});
  return key;
}

// Who gets to know one of them must not have the others with it.
void compare(config::Secrets const& refs, Secrets const& read, std::vector<std::string>& warnings) {
  if (crypto::equal(read.pepper.bytes(), read.master.bytes()))
    warnings.push_back(
        problem("master_key", "is the same as secrets.key_pepper: who learns one has both; draw another"));
  else if (refs.master_key == refs.key_pepper)
    warnings.push_back(problem("master_key", "is read from where secrets.key_pepper is"));
  for (auto const& [name, ref] :
       {std::pair{"key_pepper", &refs.key_pepper}, {"master_key", &refs.master_key}})
    if (*ref == refs.admin_token)
      warnings.push_back(problem("admin_token", std::string{"is the same as secrets."} + name +
                                                    ": who may administer has the key; draw another"));
}

}  // namespace

ReadSecrets read_secrets(config::Secrets const& refs) {
  ReadSecrets out;
  auto pepper = key32(refs.key_pepper, "key_pepper", out);
  auto master = key32(refs.master_key, "master_key", out);
  auto token = config::read_secret_line(refs.admin_token);
  if (!token)
    out.errors.push_back(problem("admin_token", token.error().message()));
  else if (token->size() < kTokenLeast)
    out.errors.push_back(problem("admin_token", "must have at least 32 characters"));
  else if (guessable(as_bytes(*token)))
    out.warnings.push_back(
        problem("admin_token", std::string{kGuessable} + "Who guesses it owns the gateway; draw one"));
  if (!out.errors.empty()) return out;
  out.secrets = Secrets{std::move(*pepper), std::move(*master), std::move(*token)};
  compare(refs, *out.secrets, out.warnings);
  return out;
}

}  // namespace tsg::app
