#include "admin/credentials.hpp"

#include <gtest/gtest.h>

namespace tsg::admin {
namespace {

crypto::SecretKey vault_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(byte);
  return crypto::SecretKey{bytes};
}

TEST(StoredCredentials, OpenOnlyWhereTheyBelongUnderTheirOwnKey) {
  auto const vault = vault_of(1);
  pipeline::ProviderCredential const secret{"main", "sk-secret", 3, "acme"};
  auto const document = seal_credential(vault, "openai", secret);
  EXPECT_EQ(document.find("sk-secret"), std::string::npos);
  auto const opened = open_credential(vault, "openai", "main", document);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->key, "sk-secret");
  EXPECT_EQ(opened->weight, 3);
  EXPECT_EQ(opened->org, "acme");
  EXPECT_FALSE(open_credential(vault_of(2), "openai", "main", document)) << "another master key";
  EXPECT_FALSE(open_credential(vault, "anthropic", "main", document)) << "moved to another provider";
  EXPECT_FALSE(open_credential(vault, "openai", "other", document)) << "moved to another name";
  EXPECT_NE(document, seal_credential(vault, "openai", secret)) << "a fresh nonce";
}

TEST(StoredCredentials, ADamagedOneDoesNotOpen) {
  auto const vault = vault_of(1);
  auto const document = seal_credential(vault, "openai", {"main", "sk-secret", 1});
  auto const at = document.find("\"sealed\":\"") + 10;
  for (auto i = at; document[i] != '"' && document[i] != '='; ++i) {
    auto flipped = document;
    flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_credential(vault, "openai", "main", flipped)) << i;
  }
  for (auto const* bad : {"", "{}", "[]", R"({"alg":"none","sealed":"c2s=","weight":1})"})
    EXPECT_FALSE(open_credential(vault, "openai", "main", bad)) << bad;
}

}  // namespace
}  // namespace tsg::admin
