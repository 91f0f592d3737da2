#include "tsg/keys/directory.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace tsg::keys {
namespace {

using KeyPtr = std::shared_ptr<Key const>;

// 64 bits of what is looked for. The first byte names the shard, all of it orders the shard; what was
// found is then compared in full, so equal tags cost time, never a wrong answer.
using Tag = std::uint64_t;

Tag tag_of(Digest const& digest) noexcept {
  Tag tag = 0;
  for (std::size_t i = 0; i < sizeof(tag); ++i) tag = tag << 8 | digest[i];
  return tag;
}
Tag tag_of(std::string_view id) noexcept {
  return std::hash<std::string_view>{}(id);
}
constexpr std::size_t shard_of(Tag tag) noexcept {
  return tag >> 56;
}

// KEY-7: the index is over a keyed digest; the comparison itself takes constant time.
Secret const* secret_of(Key const& key, Digest const& digest) noexcept {
  for (Secret const& secret : key.secrets) {
    if (crypto::equal(secret.digest, digest)) return &secret;
  }
  return nullptr;
}

struct Entry {
  Tag tag = 0;
  KeyPtr key;
};

struct ByTag {
  bool operator()(Entry const& a, Entry const& b) const noexcept { return a.tag < b.tag; }
  bool operator()(Entry const& a, Tag b) const noexcept { return a.tag < b; }
};

using Entries = std::vector<Entry>;

template <class Match>
KeyPtr find_in(Entries const& entries, Tag tag, Match const& match) {
  auto at = std::lower_bound(entries.begin(), entries.end(), tag, ByTag{});
  for (; at != entries.end() && at->tag == tag; ++at) {
    if (match(*at->key)) return at->key;
  }
  return nullptr;
}

}  // namespace

// 24 bytes an entry, no spare capacity: two entries and a key's control block are its price.
struct Directory::Shard {
  Entries entries;
};

namespace {

// What load() puts into each shard.
struct Additions {
  std::array<Entries, 256> shards;
  void add(Tag tag, KeyPtr const& key) { shards[shard_of(tag)].push_back({tag, key}); }
};

}  // namespace

Directory::Directory() {
  auto const empty = std::make_shared<Shard const>();
  for (auto& shard : shards_) shard.store(empty);
  for (auto& shard : ids_) shard.store(empty);
}

KeyPtr Directory::find(Digest const& digest) const {
  Tag const tag = tag_of(digest);
  auto const shard = shards_[shard_of(tag)].load();
  return find_in(shard->entries, tag, [&](Key const& key) { return secret_of(key, digest) != nullptr; });
}

KeyPtr Directory::find_id(std::string_view id) const {
  Tag const tag = tag_of(id);
  auto const shard = ids_[shard_of(tag)].load();
  return find_in(shard->entries, tag, [&](Key const& key) { return key.id == id; });
}

void Directory::put(KeyPtr key) {
  KeyPtr const old = find_id(key->id);

  // Every shard that the old or the new version has a secret in, once.
  std::vector<std::size_t> touched;
  for (Key const* version : {old.get(), key.get()}) {
    if (version == nullptr) continue;
    for (Secret const& secret : version->secrets) touched.push_back(shard_of(tag_of(secret.digest)));
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());

  auto const replace = [&old](Published<Shard>& slot, Entries added) {
    auto const before = slot.load();
    auto after = std::make_shared<Shard>();
    after->entries.reserve(before->entries.size() + added.size());
    for (Entry const& entry : before->entries) {
      if (entry.key != old) after->entries.push_back(entry);
    }
    for (Entry& entry : added) {
      auto const at = std::lower_bound(after->entries.begin(), after->entries.end(), entry.tag, ByTag{});
      after->entries.insert(at, std::move(entry));
    }
    after->entries.shrink_to_fit();
    slot.store(std::move(after));
  };

  for (std::size_t const shard : touched) {
    Entries added;
    for (Secret const& secret : key->secrets) {
      Tag const tag = tag_of(secret.digest);
      if (shard_of(tag) == shard) added.push_back({tag, key});
    }
    replace(shards_[shard], std::move(added));
  }
  Tag const id_tag = tag_of(key->id);
  replace(ids_[shard_of(id_tag)], {{id_tag, key}});
}

std::size_t Directory::size() const {
  std::size_t count = 0;
  for (auto const& shard : ids_) count += shard.load()->entries.size();
  return count;
}

void Directory::load(std::vector<KeyPtr> const& keys) {
  Additions secrets, ids;
  for (KeyPtr const& key : keys) {
    for (Secret const& secret : key->secrets) secrets.add(tag_of(secret.digest), key);
    ids.add(tag_of(key->id), key);
  }
  auto const publish = [](Entries& entries, Published<Shard>& slot) {
    std::sort(entries.begin(), entries.end(), ByTag{});
    entries.shrink_to_fit();
    auto shard = std::make_shared<Shard>();
    shard->entries = std::move(entries);
    slot.store(std::move(shard));
  };
  for (std::size_t i = 0; i < kShards; ++i) {
    publish(secrets.shards[i], shards_[i]);
    publish(ids.shards[i], ids_[i]);
  }
}

bool usable(Key const& key, Digest const& digest, WallTime now) noexcept {
  if (key.revoked || key.disabled || now >= key.expires_at) return false;
  Secret const* const secret = secret_of(key, digest);
  return secret != nullptr && now < secret->expires_at;
}

}  // namespace tsg::keys
