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

// 24 bytes an entry, no spare capacity.
struct Directory::Shard {
  Entries entries;
};

// Sorted by id. Asked by the admin thread and by streams after a change, so it may be slower than Shard and
// keeps no tags: 16 bytes a key.
struct Directory::Ids {
  std::vector<KeyPtr> keys;
};

namespace {

struct ById {
  bool operator()(KeyPtr const& a, KeyPtr const& b) const noexcept { return a->id < b->id; }
  bool operator()(KeyPtr const& a, std::string_view b) const noexcept { return a->id < b; }
};

}  // namespace

Directory::Directory() {
  auto const empty = std::make_shared<Shard const>();
  for (auto& shard : shards_) shard.store(empty);
  auto const nobody = std::make_shared<Ids const>();
  for (auto& ids : ids_) ids.store(nobody);
}

KeyPtr Directory::find(Digest const& digest) const {
  Tag const tag = tag_of(digest);
  auto const shard = shards_[shard_of(tag)].load();
  return find_in(shard->entries, tag, [&](Key const& key) { return secret_of(key, digest) != nullptr; });
}

KeyPtr Directory::find_id(std::string_view id) const {
  auto const ids = ids_[shard_of(tag_of(id))].load();
  auto const at = std::lower_bound(ids->keys.begin(), ids->keys.end(), id, ById{});
  return at != ids->keys.end() && (*at)->id == id ? *at : nullptr;
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

  for (std::size_t const shard : touched) {
    auto const before = shards_[shard].load();
    auto after = std::make_shared<Shard>();
    auto& entries = after->entries;
    entries.reserve(before->entries.size() + key->secrets.size());
    for (Entry const& entry : before->entries)
      if (entry.key != old) entries.push_back(entry);
    for (Secret const& secret : key->secrets) {
      Tag const tag = tag_of(secret.digest);
      if (shard_of(tag) != shard) continue;
      entries.insert(std::lower_bound(entries.begin(), entries.end(), tag, ByTag{}), Entry{tag, key});
    }
    entries.shrink_to_fit();
    shards_[shard].store(std::move(after));
  }

  auto& slot = ids_[shard_of(tag_of(key->id))];
  auto after = std::make_shared<Ids>();
  auto const before = slot.load();
  after->keys.reserve(before->keys.size() + (old ? 0 : 1));
  after->keys = before->keys;
  auto const at = std::lower_bound(after->keys.begin(), after->keys.end(), std::string_view{key->id}, ById{});
  if (old)
    *at = std::move(key);
  else
    after->keys.insert(at, std::move(key));
  slot.store(std::move(after));
}

std::size_t Directory::size() const {
  std::size_t count = 0;
  for (auto const& ids : ids_) count += ids.load()->keys.size();
  return count;
}

void Directory::load(std::vector<KeyPtr> const& keys) {
  std::array<Entries, kShards> secrets;
  std::array<std::vector<KeyPtr>, kShards> ids;
  for (KeyPtr const& key : keys) {
    for (Secret const& secret : key->secrets) {
      Tag const tag = tag_of(secret.digest);
      secrets[shard_of(tag)].push_back({tag, key});
    }
    ids[shard_of(tag_of(key->id))].push_back(key);
  }
  for (std::size_t i = 0; i < kShards; ++i) {
    std::sort(secrets[i].begin(), secrets[i].end(), ByTag{});
    secrets[i].shrink_to_fit();
    auto shard = std::make_shared<Shard>();
    shard->entries = std::move(secrets[i]);
    shards_[i].store(std::move(shard));

    std::sort(ids[i].begin(), ids[i].end(), ById{});
    ids[i].shrink_to_fit();
    auto all = std::make_shared<Ids>();
    all->keys = std::move(ids[i]);
    ids_[i].store(std::move(all));
  }
}

bool usable(Key const& key, Digest const& digest, WallTime now) noexcept {
  if (key.revoked || key.disabled || now >= key.expires_at) return false;
  Secret const* const secret = secret_of(key, digest);
  return secret != nullptr && now < secret->expires_at;
}

}  // namespace tsg::keys
