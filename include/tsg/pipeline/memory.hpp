// What a provider must see again but an OpenAI client drops between turns: thought signatures, thinking
// blocks, encrypted reasoning. Kept per organisation, key and tool-call id, so that no client reads
// another's; encrypted, bounded and expiring (design decision 12). In memory only: after a restart adapters
// fall back as if the client had come from elsewhere. Thread-safe, sharded.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {

class Memory {
 public:
  static constexpr std::size_t item_bytes_max = std::size_t{256} * 1024;  // a turn's; no larger ones are kept

  // `master`: any secret of this gateway; the key used is derived from it.
  explicit Memory(crypto::SecretKey const& master);
  ~Memory();

  // The bound of all items together, ciphertext and ids; the least recently used go first.
  void set_limits(std::size_t bytes_max, std::chrono::milliseconds keep);

  void remember(std::string_view org, std::string_view key_id, std::span<providers::Memo const> memos,
                WallTime now);
  std::optional<std::string> recall(std::string_view org, std::string_view key_id, std::string_view call_id,
                                    WallTime now);
  std::size_t bytes() const;  // in use, for metrics

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsg::pipeline
