#include "tsg/core/crypto.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>
#include <thread>

namespace tsg::crypto {
namespace {

SecretKey key_of(std::string_view hex) {
  auto const bytes = from_hex(hex);
  return SecretKey{std::span<std::uint8_t const, 32>{bytes.value()}};
}
SecretKey counting_key() {
  return key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
}

TEST(Sha256, VectorsOfFips180) {
  EXPECT_EQ(to_hex(sha256(as_bytes(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsAreOneText) {
  EXPECT_EQ(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")}), sha256(as_bytes("abc")));
  EXPECT_EQ(sha256({}), sha256(as_bytes("")));
}

// Each thread has its own context: nothing of one text may reach the digest of another.
TEST(Sha256, ThreadsDoNotMix) {
  std::string const a(5000, 'a'), b(5000, 'b');
  Digest const want_a = sha256(as_bytes(a)), want_b = sha256(as_bytes(b));
  auto const wrong = [](std::string const& text, Digest const& want) {
    int count = 0;
    for (int i = 0; i < 500; ++i) count += sha256(as_bytes(text)) != want;
    return count;
  };
  int wrong_a = -1, wrong_b = -1;
  std::thread first{[&] { wrong_a = wrong(a, want_a); }};
  std::thread second{[&] { wrong_b = wrong(b, want_b); }};
  first.join();
  second.join();
  EXPECT_EQ(wrong_a, 0);
  EXPECT_EQ(wrong_b, 0);
}

TEST(Hmac, VectorsOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  Bytes const long_key(131, 0xaa);  // longer than a block: hashed first
  EXPECT_EQ(to_hex(hmac_sha256(long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hkdf, FirstBlockOfRfc5869Case1) {
  Bytes const ikm(22, 0x0b);
  auto const salt = from_hex("000102030405060708090a0b0c").value();
  auto const info = from_hex("f0f1f2f3f4f5f6f7f8f9").value();
  EXPECT_EQ(to_hex(hkdf_sha256(ikm, {reinterpret_cast<char const*>(salt.data()), salt.size()},
                               {reinterpret_cast<char const*>(info.data()), info.size()})),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

TEST(Equal, ComparesLengthAndEveryByte) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_TRUE(equal(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("xbc")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
}

TEST(Crc32, IsTheOneOfZlib) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32("0123456789ABCDEFGHIJabcdefghijKL"), 0x3e638aceu);
  EXPECT_EQ(crc32("tsg-0123456789ABCDEFGHIJabcdefghijKL"), 0xca9e4454u);
}

TEST(Random, FillsWhatItIsGiven) {
  random_bytes({});
  std::set<Digest> seen;
  for (int i = 0; i < 100; ++i) {
    Digest d{};
    random_bytes(d);
    seen.insert(d);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(SecretKey, MovingLeavesNothingBehind) {
  SecretKey from = counting_key();
  SecretKey const to = std::move(from);
  EXPECT_EQ(to.bytes()[31], 0x1f);
  for (auto const b : from.bytes()) EXPECT_EQ(b, 0);  // NOLINT(bugprone-use-after-move)

  SecretKey other = counting_key();
  SecretKey target = key_of(std::string(64, 'f'));
  target = std::move(other);
  EXPECT_TRUE(equal(target.bytes(), to.bytes()));
  for (auto const b : other.bytes()) EXPECT_EQ(b, 0);  // NOLINT(bugprone-use-after-move)
}

// What the destructor does, seen in storage that outlives the object.
TEST(SecretKey, DyingWipes) {
  alignas(SecretKey) std::array<std::uint8_t, sizeof(SecretKey)> storage;
  storage.fill(0xee);
  auto* const key = new (storage.data()) SecretKey{std::span<std::uint8_t const, 32>{Bytes(32, 0x5a)}};
  key->~SecretKey();
  for (auto const b : storage) EXPECT_NE(b, 0x5a);
}

TEST(Ed25519, FirstVectorOfRfc8032) {
  SecretKey const seed = key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  EXPECT_EQ(to_hex(ed25519_public(seed)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(to_hex(ed25519_sign(seed, "")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST(Ed25519, EveryFlippedBitIsSeen) {
  SecretKey const seed = counting_key();
  PublicKey const key = ed25519_public(seed);
  Signature const good = ed25519_sign(seed, "head 42");
  EXPECT_TRUE(ed25519_verify(key, "head 42", good));
  EXPECT_FALSE(ed25519_verify(key, "head 43", good));
  EXPECT_FALSE(ed25519_verify(ed25519_public(key_of(std::string(64, '1'))), "head 42", good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    Signature bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(ed25519_verify(key, "head 42", bad)) << i;
  }
  EXPECT_EQ(ERR_peek_error(), 0u) << "a left-over error would surface in somebody's TLS session";
}

TEST(Aead, CaseSixteenOfTheGcmPaper) {
  SecretKey const key = key_of("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  auto const aad = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value();
  auto const sealed = from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  auto const plain = aead_open(key, {reinterpret_cast<char const*>(aad.data()), aad.size()}, sealed.value());
  ASSERT_TRUE(plain);
  EXPECT_EQ(to_hex(*plain),
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST(Aead, OpensWhatItSealed) {
  SecretKey const key = counting_key();
  for (std::size_t const size : {0, 1, 15, 16, 17, 1000, 100'000}) {
    Bytes const plain(size, 0x5a);
    Bytes const sealed = aead_seal(key, "row 1", plain);
    EXPECT_EQ(sealed.size(), size + 28);
    EXPECT_EQ(aead_open(key, "row 1", sealed), plain);
  }
}

TEST(Aead, NoncesDiffer) {
  SecretKey const key = counting_key();
  EXPECT_NE(aead_seal(key, "", as_bytes("x")), aead_seal(key, "", as_bytes("x")));
}

TEST(Aead, AnotherRowAnotherKeyOrOneBitIsRefused) {
  SecretKey const key = counting_key();
  Bytes const sealed = aead_seal(key, "row 1", as_bytes("sk-secret"));
  EXPECT_FALSE(aead_open(key, "row 2", sealed));
  EXPECT_FALSE(aead_open(key, "", sealed));
  EXPECT_FALSE(aead_open(key_of(std::string(64, '1')), "row 1", sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes bad = sealed;
    bad[i] ^= 0x80;
    EXPECT_FALSE(aead_open(key, "row 1", bad)) << i;
  }
  EXPECT_EQ(ERR_peek_error(), 0u) << "a left-over error would surface in somebody's TLS session";
}

// OpenSSL takes short tags if it is let (ENC-3); a cut text must not become one.
TEST(Aead, EveryCutIsRefused) {
  SecretKey const key = counting_key();
  Bytes const sealed = aead_seal(key, "", as_bytes("text"));
  for (std::size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_FALSE(aead_open(key, "", std::span{sealed}.first(n))) << n;
  }
}

}  // namespace
}  // namespace tsg::crypto
