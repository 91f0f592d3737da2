// DIR/audit.head: the signed head of the log, replaced atomically (temp, fsync, rename, fsync of the
// folder). A copy kept elsewhere is a checkpoint: it reveals a log that was cut off or rewritten.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/audit/chain.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/error.hpp"

namespace tsg::audit {

struct SignedHead {
  std::string origin;  // "<node>/<epoch>"
  ChainHead head;
  WallTime time;
  crypto::PublicKey key{};
};

std::string sign_head(SignedHead const& head, crypto::SecretKey const& seed);  // the file's text (FORMAT.md)
// Checks the signature with the key named in the text; who trusts that key is the caller's question.
Result<SignedHead> parse_head(std::string_view text);
Result<> write_head(std::filesystem::path const& file, std::string_view text, bool durable);
// The log's signing key, derived from master_key, so that no second secret has to be kept.
crypto::SecretKey signing_seed(crypto::SecretKey const& master_key);

}  // namespace tsg::audit
