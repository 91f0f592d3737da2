#include "tsg/pipeline/memory.hpp"

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

namespace tsg::pipeline {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kItemOverhead = 160;  // list node, map node, strings

// Never ambiguous: ids of organisations and keys have no control characters.
std::string name_of(std::string_view org, std::string_view key_id, std::string_view call_id) {
  std::string out;
  out.reserve(org.size() + key_id.size() + call_id.size() + 2);
  return out.append(org).append(1, '\0').append(key_id).append(1, '\0').append(call_id);
}

struct Item {
  std::string name;
  Bytes sealed;
  std::int64_t expires_ns = 0;
  std::size_t size() const noexcept { return name.size() * 2 + sealed.size() + kItemOverhead; }
};

struct Shard {
  std::mutex lock;        // held for map operations only; sealing and opening happen outside
  std::list<Item> items;  // most recently used first
  std::unordered_map<std::string_view, std::list<Item>::iterator> by_name;  // views into items
  std::size_t bytes = 0;

  void erase(std::list<Item>::iterator at) {
    bytes -= at->size();
    by_name.erase(at->name);
    items.erase(at);
  }
};

}  // namespace

struct Memory::Impl {
  explicit Impl(crypto::SecretKey k) : key{std::move(k)} {}
  crypto::SecretKey key;
  std::array<Shard, kShards> shards;
  std::atomic<std::size_t> bytes_max{64u << 20};
  std::atomic<std::int64_t> keep_ns{3'600'000'000'000};

  Shard& of(std::string_view name) { return shards[std::hash<std::string_view>{}(name) % kShards]; }

  void put(Item item) {
    auto& shard = of(item.name);
    std::scoped_lock const hold{shard.lock};
    if (auto const old = shard.by_name.find(item.name); old != shard.by_name.end()) shard.erase(old->second);
    shard.bytes += item.size();
    shard.items.push_front(std::move(item));
    shard.by_name.emplace(shard.items.front().name, shard.items.begin());
    auto const most = bytes_max.load(std::memory_order_relaxed) / kShards;
    while (shard.bytes > most && !shard.items.empty()) shard.erase(std::prev(shard.items.end()));
  }

  std::optional<Bytes> take(std::string const& name, WallTime now) {
    auto& shard = of(name);
    std::scoped_lock const hold{shard.lock};
    auto const found = shard.by_name.find(name);
    if (found == shard.by_name.end()) return std::nullopt;
    auto const at = found->second;
    if (at->expires_ns <= now.ns) {
      shard.erase(at);
      return std::nullopt;
    }
    shard.items.splice(shard.items.begin(), shard.items, at);
    return at->sealed;
  }
};

Memory::Memory(crypto::SecretKey const& master)
    : impl_{std::make_unique<Impl>(
          crypto::SecretKey{crypto::hkdf_sha256(master.bytes(), "tsg", "turn memory v1")})} {}
Memory::~Memory() = default;

void Memory::set_limits(std::size_t bytes_max, std::chrono::milliseconds keep) {
  impl_->bytes_max.store(bytes_max, std::memory_order_relaxed);
  impl_->keep_ns.store(std::chrono::nanoseconds{keep}.count(), std::memory_order_relaxed);
}

void Memory::remember(std::string_view org, std::string_view key_id, std::span<providers::Memo const> memos,
                      WallTime now) {
  for (auto const& memo : memos) {
    if (memo.json.size() > item_bytes_max || memo.call_id.size() > 256) continue;
    Item item;
    item.name = name_of(org, key_id, memo.call_id);
    // The name is authenticated: an item cannot be read under another's.
    item.sealed = crypto::aead_seal(impl_->key, item.name, as_bytes(memo.json));
    item.expires_ns = now.ns + impl_->keep_ns.load(std::memory_order_relaxed);
    impl_->put(std::move(item));
  }
}

std::optional<std::string> Memory::recall(std::string_view org, std::string_view key_id,
                                          std::string_view call_id, WallTime now) {
  auto const name = name_of(org, key_id, call_id);
  auto const sealed = impl_->take(name, now);
  if (!sealed) return std::nullopt;
  auto const plain = crypto::aead_open(impl_->key, name, *sealed);
  if (!plain) return std::nullopt;
  return std::string{plain->begin(), plain->end()};
}

std::size_t Memory::bytes() const {
  std::size_t sum = 0;
  for (auto& shard : impl_->shards) {
    std::scoped_lock const hold{shard.lock};
    sum += shard.bytes;
  }
  return sum;
}

}  // namespace tsg::pipeline
