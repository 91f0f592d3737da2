// DIR/audit.head: the signed head of the log, replaced atomically (temp, fsync, rename, fsync of the
// folder). A copy kept elsewhere is a checkpoint: it reveals a log that was cut off or rewritten.
#pragma once
#include <chrono>
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

// A head is due a second after a commit, and where it cannot be written admission stops after half a minute:
// records that are this much later than their head were not written by a gateway that could sign.
inline constexpr std::chrono::nanoseconds kUnsignedMost = std::chrono::seconds{60};

std::string sign_head(SignedHead const& head, crypto::SecretKey const& seed);  // the file's text (FORMAT.md)
// Checks the signature with the key named in the text; who trusts that key is the caller's question.
Result<SignedHead> parse_head(std::string_view text);

// The text of a head or a checkpoint; none: there is no such file. An error says, in the operating system's
// words, why it cannot be read. Never more than a head can be: the path is another's word, and may lead to a
// device that does not end or to a pipe that nobody writes to.
Result<std::optional<std::string>> read_head_text(std::filesystem::path const& file);

// Replaces the file. Keeps what that takes: the folder, and one descriptor in reserve that the temporary file
// gets, so that a process that has run out of descriptors still signs its log.
class HeadFile {
 public:
  HeadFile(std::filesystem::path file, bool durable);
  ~HeadFile();
  HeadFile(HeadFile const&) = delete;
  HeadFile& operator=(HeadFile const&) = delete;
  Result<> replace(std::string_view text);  // the old head stays where it fails

 private:
  bool open_folder() noexcept;
  void keep_spare() noexcept;

  std::filesystem::path file_;
  bool durable_;
  int folder_ = -1, spare_ = -1;
};

// The log's signing key, derived from master_key, so that no second secret has to be kept.
crypto::SecretKey signing_seed(crypto::SecretKey const& master_key);

}  // namespace tsg::audit
