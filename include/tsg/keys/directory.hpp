// Who may call: an immutable, sharded snapshot of all keys, read by every worker without a lock that
// anyone holds for long, written by the admin thread only. A change copies one shard.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
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

// One, or two while a rotation overlaps (KEY-12). There may be 100,000 keys, and most have one: it is kept in
// place, a second one elsewhere.
class Secrets {
 public:
  static constexpr std::size_t kMax = 2;
  Secrets() = default;
  Secrets(std::initializer_list<Secret> all);
  Secrets(Secrets const& other);
  Secrets(Secrets&& other) noexcept;
  Secrets& operator=(Secrets other) noexcept;
  ~Secrets() = default;

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  Secret& operator[](std::size_t i) noexcept { return i == 0 ? first_ : *second_; }
  Secret const& operator[](std::size_t i) const noexcept { return i == 0 ? first_ : *second_; }
  Secret& front() noexcept { return first_; }
  Secret const& back() const noexcept { return (*this)[count_ - 1]; }
  void push_back(Secret const& secret);  // at most kMax
  void resize(std::size_t count);

  class Iterator {
   public:
    Iterator(Secrets const* of, std::size_t at) noexcept : of_{of}, at_{at} {}
    Secret const& operator*() const noexcept { return (*of_)[at_]; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    friend bool operator==(Iterator const&, Iterator const&) = default;

   private:
    Secrets const* of_;
    std::size_t at_;
  };
  Iterator begin() const noexcept { return {this, 0}; }
  Iterator end() const noexcept { return {this, count_}; }

 private:
  Secret first_;
  std::unique_ptr<Secret> second_;
  std::uint8_t count_ = 0;
};

// When a key was last used: to the minute, written by any thread. The admin thread takes it to the store.
class LastUsed {
 public:
  LastUsed() = default;
  LastUsed(LastUsed const& other) noexcept : minute_{other.minute_.load(std::memory_order_relaxed)} {}
  LastUsed& operator=(LastUsed const& other) noexcept {
    minute_.store(other.minute_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }
  WallTime get() const noexcept {  // 0 = never
    return WallTime{minute_.load(std::memory_order_relaxed) * kMinute};
  }
  void touch(WallTime now) noexcept {  // KEY-11; a shared line is not written per request
    auto const minute = static_cast<std::uint32_t>(now.ns / kMinute);
    if (minute_.load(std::memory_order_relaxed) != minute) minute_.store(minute, std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t kMinute = 60'000'000'000;
  std::atomic<std::uint32_t> minute_{0};  // since 1970
};

// One key as the request path sees it. The document in the store is the authority (src/keys/key_doc.cpp).
struct Key {
  std::string id;  // "key_" + 20 base62 characters: stable, public
  std::string org, team, environment, name;
  std::vector<std::string> allowed_models;  // patterns, contract §3
  Secrets secrets;
  std::string display;
  WallTime created_at, expires_at{INT64_MAX};
  std::string tags_json = "{}";
  std::string limits_json;  // "" = none
  std::int64_t version = 1;
  mutable LastUsed last_used;  // not part of the document
  bool revoked = false, disabled = false;
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
  struct Ids;
  std::array<Published<Shard>, kShards> shards_;  // by first byte of the digest
  std::array<Published<Ids>, kShards> ids_;       // by first byte of the id's hash
};

// Revoked, disabled, expired, or the secret's overlap is over.
bool usable(Key const& key, Digest const& digest, WallTime now) noexcept;

}  // namespace tsg::keys
