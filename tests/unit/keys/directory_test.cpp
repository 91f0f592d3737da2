#include "tsg/keys/directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tsg::keys {
namespace {

Digest digest_of(std::string const& text) {
  return crypto::sha256(as_bytes(text));
}

std::shared_ptr<Key> make(std::string id, std::vector<std::string> const& secrets) {
  auto key = std::make_shared<Key>();
  key->id = std::move(id);
  for (auto const& text : secrets) {
    Secret secret;
    secret.digest = digest_of(text);
    key->secrets.push_back(secret);
  }
  return key;
}

TEST(Secrets, AreOneOrTwoAndCopyAsValues) {
  auto const secret = [](char const* text) {
    Secret out;
    out.digest = digest_of(text);
    return out;
  };
  Secrets both{secret("old"), secret("new")};
  Secrets copy = both;
  both.resize(1);
  ASSERT_EQ(copy.size(), 2u);
  EXPECT_EQ(copy.back().digest, digest_of("new"));
  EXPECT_EQ(both.back().digest, digest_of("old"));
  std::size_t seen = 0;
  for (auto const& s : copy) seen += s.digest == digest_of(seen == 0 ? "old" : "new");
  EXPECT_EQ(seen, 2u);
  copy = both;
  EXPECT_EQ(copy.size(), 1u);
  both.resize(0);
  EXPECT_TRUE(both.empty());
  EXPECT_EQ(both.begin(), both.end());
}

TEST(Directory, KnowsNobodyAtFirst) {
  Directory const directory;
  EXPECT_EQ(directory.find(digest_of("a")), nullptr);
  EXPECT_EQ(directory.find_id("key_a"), nullptr);
  EXPECT_EQ(directory.size(), 0u);
}

TEST(Directory, FindsByEitherSecretAndById) {
  Directory directory;
  auto const key = make("key_a", {"old", "new"});
  directory.put(key);
  directory.put(make("key_b", {"other"}));
  EXPECT_EQ(directory.find(digest_of("old")), key);
  EXPECT_EQ(directory.find(digest_of("new")), key);
  EXPECT_EQ(directory.find_id("key_a"), key);
  EXPECT_EQ(directory.find_id("key_"), nullptr);
  EXPECT_EQ(directory.size(), 2u);
}

TEST(Directory, RotationForgetsTheSecretThatVanished) {
  Directory directory;
  directory.put(make("key_a", {"first"}));
  directory.put(make("key_a", {"first", "second"}));
  EXPECT_NE(directory.find(digest_of("first")), nullptr);
  directory.put(make("key_a", {"second"}));
  EXPECT_EQ(directory.find(digest_of("first")), nullptr);
  EXPECT_NE(directory.find(digest_of("second")), nullptr);
  EXPECT_EQ(directory.size(), 1u);
}

TEST(Directory, ARevokedKeyStaysFindable) {
  Directory directory;
  directory.put(make("key_a", {"a"}));
  auto revoked = make("key_a", {"a"});
  revoked->revoked = true;
  directory.put(revoked);
  EXPECT_EQ(directory.find(digest_of("a")), revoked);
  EXPECT_FALSE(usable(*directory.find(digest_of("a")), digest_of("a"), {0}));
}

TEST(Directory, PuttingTheSameKeyAgainChangesNothing) {
  Directory directory;
  auto const key = make("key_a", {"a", "b"});
  directory.put(key);
  directory.put(key);
  EXPECT_EQ(directory.find(digest_of("a")), key);
  EXPECT_EQ(directory.size(), 1u);
}

// The index holds 64 bits; who has the same 64 bits but another digest is a stranger.
TEST(Directory, EqualTagsAreNotEqualDigests) {
  Directory directory;
  std::array<Digest, 3> digests;
  digests.fill(digest_of("a"));
  digests[1][31] ^= 1;
  digests[2][8] ^= 1;
  std::array<std::shared_ptr<Key>, 2> keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = make("key_" + std::to_string(i), {"x"});
    keys[i]->secrets[0].digest = digests[i];
    directory.put(keys[i]);
  }
  EXPECT_EQ(directory.find(digests[0]), keys[0]);
  EXPECT_EQ(directory.find(digests[1]), keys[1]);
  EXPECT_EQ(directory.find(digests[2]), nullptr);
}

TEST(Directory, LoadAndPutAgree) {
  std::vector<std::shared_ptr<Key const>> keys;
  for (int i = 0; i < 3000; ++i) {
    std::string const n = std::to_string(i);
    keys.push_back(i % 3 == 0 ? make("key_" + n, {"a" + n, "b" + n}) : make("key_" + n, {"a" + n}));
  }
  Directory loaded, put;
  put.put(make("key_gone", {"gone"}));
  loaded.put(make("key_gone", {"gone"}));
  loaded.load(keys);
  for (auto const& key : keys) put.put(key);
  EXPECT_EQ(loaded.size(), 3000u);
  EXPECT_EQ(put.size(), 3001u);
  EXPECT_EQ(loaded.find_id("key_gone"), nullptr) << "load replaces everything";
  for (auto const& key : keys) {
    ASSERT_EQ(loaded.find_id(key->id), key);
    ASSERT_EQ(put.find_id(key->id), key);
    for (auto const& secret : key->secrets) {
      ASSERT_EQ(loaded.find(secret.digest), key);
      ASSERT_EQ(put.find(secret.digest), key);
    }
  }
  loaded.put(make("key_1", {"changed"}));
  EXPECT_EQ(loaded.find(digest_of("a1")), nullptr);
  EXPECT_EQ(loaded.size(), 3000u);
}

// A reader sees the old version or the new one, never neither: rotation must not cost a request its key.
TEST(Directory, ReadersNeverMissAKeyThatIsBeingChanged) {
  Directory directory;
  directory.put(make("key_a", {"a"}));
  std::atomic<bool> done{false};
  std::atomic<int> missed{0}, went_back{0};
  auto const read = [&] {
    std::int64_t last = 0;
    while (!done) {
      auto const key = directory.find(digest_of("a"));
      if (!key) ++missed;
      if (key && key->version < last) ++went_back;
      if (key) last = key->version;
    }
  };
  std::thread first{read}, second{read};
  for (int i = 2; i < 2000; ++i) {
    auto key = make("key_a", {"a", "b" + std::to_string(i)});
    key->version = i;
    directory.put(key);
  }
  done = true;
  first.join();
  second.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(went_back, 0);
}

TEST(Usable, EndsAtTheInstantOfExpiry) {
  auto key = make("key_a", {"a"});
  Digest const digest = digest_of("a");
  EXPECT_TRUE(usable(*key, digest, {1000}));
  key->expires_at = {1000};
  EXPECT_TRUE(usable(*key, digest, {999}));
  EXPECT_FALSE(usable(*key, digest, {1000}));
}

TEST(Usable, TheOldSecretEndsWithItsOverlap) {
  auto key = make("key_a", {"old", "new"});
  key->secrets[0].expires_at = {1000};
  EXPECT_TRUE(usable(*key, digest_of("old"), {999}));
  EXPECT_FALSE(usable(*key, digest_of("old"), {1000}));
  EXPECT_TRUE(usable(*key, digest_of("new"), {1000}));
}

TEST(Usable, NotIfRevokedDisabledOrNotItsSecret) {
  auto key = make("key_a", {"a"});
  EXPECT_FALSE(usable(*key, digest_of("b"), {0}));
  key->disabled = true;
  EXPECT_FALSE(usable(*key, digest_of("a"), {0}));
  key->disabled = false;
  key->revoked = true;
  EXPECT_FALSE(usable(*key, digest_of("a"), {0}));
}

}  // namespace
}  // namespace tsg::keys
