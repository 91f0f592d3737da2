// Who may call: an immutable, sharded snapshot of all keys, read by every worker without a lock that
// anyone holds for long, written by the admin thread only. A change copies one shard.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/bytes.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/published.hpp"

namespace tsg::keys {

struct Secret {
  Digest digest{};
  WallTime expires_at{INT64_MAX};  // of this secret: rotation overlap (KEY-12)
};

// When a key was last used: to the minute, written by any thread, forgotten at a restart.
class LastUsed {
 public:
  LastUsed() = default;
  LastUsed(LastUsed const& other) noexcept : ns_{other.ns_.load(std::memory_order_relaxed)} {}
  LastUsed& operator=(LastUsed const& other) noexcept {
    ns_.store(other.ns_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }
  WallTime get() const noexcept {
    return WallTime{ns_.load(std::memory_order_relaxed)};
  }  // 0 = not since the start
  void touch(WallTime now) noexcept {
    constexpr std::int64_t kMinute = 60'000'000'000;  // KEY-11; a shared line is not written per request
    if (now.ns - ns_.load(std::memory_order_relaxed) >= kMinute) ns_.store(now.ns, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> ns_{0};
};

// One key as the request path sees it. The document in the store is the authority (src/keys/key_doc.cpp).
struct Key {
  std::string id;  // "key_" + 20 base62 characters: stable, public
  std::string org, team, environment, name;
  std::vector<std::string> allowed_models;  // patterns, contract §3
  std::vector<Secret> secrets;
  std::string display;
  WallTime created_at, expires_at{INT64_MAX};
  bool revoked = false, disabled = false;
  std::string tags_json = "{}";
  std::string limits_json;  // "" = none
  std::int64_t version = 1;
  mutable LastUsed last_used;  // not part of the document
};

std::string to_document(Key const& key);  // JSON kept by the store
std::optional<Key> from_document(std::string_view json);

class Directory {
 public:
  Directory();
  // Any thread. nullptr for a digest that nobody has; expiry and revocation are the caller's to check
  // with usable(), so that all refusals take the same path.
  std::shared_ptr<Key const> find(Digest const& digest) const;
  std::shared_ptr<Key const> find_id(std::string_view id) const;
  // Admin thread only. The change is visible to the next find() of every thread.
  void put(std::shared_ptr<Key const> key);
  // Start-up: replaces everything at once, ids distinct. put() copies a shard for each key; this does not.
  void load(std::vector<std::shared_ptr<Key const>> const& keys);
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 256;
  struct Shard;
  std::array<Published<Shard>, kShards> shards_;  // by first byte of the digest
  std::array<Published<Shard>, kShards> ids_;     // by first byte of the id's hash
};

// Revoked, disabled, expired, or the secret's overlap is over.
bool usable(Key const& key, Digest const& digest, WallTime now) noexcept;

}  // namespace tsg::keys
