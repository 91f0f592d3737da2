// C2SP Wycheproof: what clever people found other libraries to accept. Only the cases that our interface
// can express are run (one key size, one tag size); each test says that it ran some of both kinds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tsg/core/crypto.hpp"

namespace tsg::crypto {
namespace {

using Json = nlohmann::json;

std::optional<Json> corpus(std::string const& name) {
  char const* const folder = std::getenv("TSG_CORPORA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream in{std::string{folder} + "/wycheproof/testvectors_v1/" + name};
  if (!in) return std::nullopt;
  return Json::parse(in);
}

Bytes bytes(Json const& test, char const* name) {
  return from_hex(test.at(name).get<std::string>()).value();
}
std::string_view text(Bytes const& b) {
  return {reinterpret_cast<char const*>(b.data()), b.size()};
}

struct Count {
  int valid = 0, invalid = 0;
};

// Calls `accepts(group, test)` for every test of the groups that `fits`; compares with the file's verdict.
template <class Fits, class Accepts>
Count run(Json const& file, Fits const& fits, Accepts const& accepts) {
  Count count;
  for (Json const& group : file.at("testGroups")) {
    if (!fits(group)) continue;
    for (Json const& test : group.at("tests")) {
      std::string const verdict = test.at("result");
      bool const accepted = accepts(group, test);
      std::string const what = "tcId " + test.at("tcId").dump() + ": " + test.at("comment").dump();
      if (verdict == "valid") {
        ++count.valid;
        EXPECT_TRUE(accepted) << what;
      } else if (verdict == "invalid") {
        ++count.invalid;
        EXPECT_FALSE(accepted) << what;
      }
    }
  }
  return count;
}

TEST(Wycheproof, AesGcm) {
  auto const file = corpus("aes_gcm_test.json");
  if (!file) GTEST_SKIP() << "TSG_CORPORA not set or without wycheproof";
  auto const fits = [](Json const& g) {
    return g.at("keySize") == 256 && g.at("ivSize") == 96 && g.at("tagSize") == 128;
  };
  auto const count = run(*file, fits, [](Json const&, Json const& test) {
    Bytes const key = bytes(test, "key"), aad = bytes(test, "aad");
    Bytes sealed = bytes(test, "iv");
    for (auto const* part : {"ct", "tag"}) {
      Bytes const more = bytes(test, part);
      sealed.insert(sealed.end(), more.begin(), more.end());
    }
    auto const plain = aead_open(SecretKey{std::span<std::uint8_t const, 32>{key}}, text(aad), sealed);
    return plain && *plain == bytes(test, "msg");
  });
  EXPECT_GT(count.valid, 20);
  EXPECT_GT(count.invalid, 20);
}

TEST(Wycheproof, HmacSha256) {
  auto const file = corpus("hmac_sha256_test.json");
  if (!file) GTEST_SKIP() << "TSG_CORPORA not set or without wycheproof";
  // Truncated tags too: a caller who compares a prefix must still be refused the modified ones.
  auto const any = [](Json const&) { return true; };
  auto const count = run(*file, any, [](Json const&, Json const& test) {
    Digest const mac = hmac_sha256(bytes(test, "key"), bytes(test, "msg"));
    Bytes const tag = bytes(test, "tag");
    return tag.size() <= mac.size() && equal(std::span{mac}.first(tag.size()), tag);
  });
  EXPECT_GT(count.valid, 20);
  EXPECT_GT(count.invalid, 20);
}

TEST(Wycheproof, HkdfSha256) {
  auto const file = corpus("hkdf_sha256_test.json");
  if (!file) GTEST_SKIP() << "TSG_CORPORA not set or without wycheproof";
  // Ours always yields 32 bytes: shorter outputs are its prefix, longer ones begin with it. The corpus's
  // invalid cases ask for more than 255 blocks, which our interface cannot.
  int compared = 0;
  for (Json const& group : file->at("testGroups")) {
    for (Json const& test : group.at("tests")) {
      if (test.at("result") != "valid") continue;
      Bytes const want = bytes(test, "okm");
      Bytes const salt = bytes(test, "salt"), info = bytes(test, "info");
      Digest const got = hkdf_sha256(bytes(test, "ikm"), text(salt), text(info));
      std::size_t const n = std::min(want.size(), got.size());
      EXPECT_TRUE(equal(std::span{want}.first(n), std::span{got}.first(n))) << test.at("tcId");
      ++compared;
    }
  }
  EXPECT_GT(compared, 20);
}

TEST(Wycheproof, Ed25519) {
  auto const file = corpus("ed25519_test.json");
  if (!file) GTEST_SKIP() << "TSG_CORPORA not set or without wycheproof";
  int wrong_size = 0;
  auto const any = [](Json const&) { return true; };
  auto const count = run(*file, any, [&](Json const& group, Json const& test) {
    Bytes const pk = bytes(group.at("publicKey"), "pk"), sig = bytes(test, "sig"), msg = bytes(test, "msg");
    PublicKey key;
    Signature signature;
    if (pk.size() != key.size() || sig.size() != signature.size()) {
      ++wrong_size;  // refused by the type
      return false;
    }
    std::copy(pk.begin(), pk.end(), key.begin());
    std::copy(sig.begin(), sig.end(), signature.begin());
    return ed25519_verify(key, text(msg), signature);
  });
  EXPECT_GT(count.valid, 20);
  EXPECT_GT(count.invalid - wrong_size, 20);
}

}  // namespace
}  // namespace tsg::crypto
