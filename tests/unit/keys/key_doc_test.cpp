#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tsg/keys/directory.hpp"

namespace tsg::keys {
namespace {

using Json = nlohmann::ordered_json;

Key full_key() {
  Key key;
  key.id = "key_0123456789abcdefghij";
  key.org = "acme";
  key.team = "search";
  key.environment = "production";
  key.name = "Zoë's \"batch\" key";
  key.allowed_models = {"gpt-4o*", "anthropic/*"};
  Secret old, current;
  old.digest = crypto::sha256(as_bytes("old"));
  old.expires_at = {1'795'508'703'123'456'789};
  current.digest = crypto::sha256(as_bytes("current"));
  key.secrets = {old, current};
  key.display = "tsg-0123…3PNM";
  key.created_at = {1'795'508'703'000'000'001};
  key.expires_at = {1'895'508'703'000'000'001};
  key.revoked = true;
  key.tags_json = R"({"z":"1","a":"2"})";
  key.limits_json = R"({"requests_per_minute":60})";
  key.version = 7;
  return key;
}

TEST(KeyDocument, EveryFieldComesBack) {
  Key const key = full_key();
  auto const back = from_document(to_document(key));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, key.id);
  EXPECT_EQ(back->org, key.org);
  EXPECT_EQ(back->team, key.team);
  EXPECT_EQ(back->environment, key.environment);
  EXPECT_EQ(back->name, key.name);
  EXPECT_EQ(back->allowed_models, key.allowed_models);
  ASSERT_EQ(back->secrets.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back->secrets[i].digest, key.secrets[i].digest);
    EXPECT_EQ(back->secrets[i].expires_at, key.secrets[i].expires_at);
  }
  EXPECT_EQ(back->display, key.display);
  EXPECT_EQ(back->created_at, key.created_at);
  EXPECT_EQ(back->expires_at, key.expires_at);
  EXPECT_EQ(back->revoked, true);
  EXPECT_EQ(back->disabled, false);
  EXPECT_EQ(back->tags_json, key.tags_json) << "in the order the user gave";
  EXPECT_EQ(back->limits_json, key.limits_json);
  EXPECT_EQ(back->version, 7);
  EXPECT_EQ(to_document(*back), to_document(key));
}

TEST(KeyDocument, WhatDoesNotApplyIsAbsent) {
  Key key;
  key.id = "key_a";
  key.secrets.resize(1);
  Json const json = Json::parse(to_document(key));
  for (auto const* name : {"expires_ns", "limits"}) EXPECT_FALSE(json.contains(name));
  EXPECT_FALSE(json["secrets"][0].contains("expires_ns"));
  auto const back = from_document(json.dump());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->expires_at, WallTime{INT64_MAX});
  EXPECT_EQ(back->limits_json, "");
}

TEST(KeyDocument, MissingMembersAreRefused) {
  Json const good = Json::parse(to_document(full_key()));
  for (auto const* name : {"id", "org", "team", "environment", "name", "allowed_models", "secrets", "display",
                           "created_ns", "revoked", "disabled", "tags", "version"}) {
    Json bad = good;
    bad.erase(name);
    EXPECT_FALSE(from_document(bad.dump())) << name;
  }
}

TEST(KeyDocument, WrongTypesAreRefused) {
  Json const good = Json::parse(to_document(full_key()));
  for (auto const& [name, value] : good.items()) {
    Json bad = good;
    bad[name] = nullptr;
    EXPECT_FALSE(from_document(bad.dump())) << name;
  }
  std::pair<char const*, char const*> const wrong[] = {
      {"version", "1.5"},
      {"version", "\"7\""},
      {"version", "18446744073709551615"},
      {"revoked", "0"},
      {"expires_ns", "1e9"},
      {"allowed_models", R"(["a",1])"},
      {"allowed_models", "\"*\""},
      {"secrets", "[]"},
      {"secrets", R"([{"digest":"00"}])"},
      {"secrets", "[null]"},
      {"tags", "[]"},
      {"limits", "\"\""},
      {"id", "\"\""},
  };
  for (auto const& [name, value] : wrong) {
    Json bad = good;
    bad[name] = Json::parse(value);
    EXPECT_FALSE(from_document(bad.dump())) << name << " = " << value;
  }
}

TEST(KeyDocument, UnknownMembersAreRefused) {
  Json bad = Json::parse(to_document(full_key()));
  bad["admin"] = true;
  EXPECT_FALSE(from_document(bad.dump()));
  bad.erase("admin");
  bad["secrets"][1]["note"] = "";
  EXPECT_FALSE(from_document(bad.dump()));
}

TEST(KeyDocument, ThreeSecretsAreOneTooMany) {
  Json bad = Json::parse(to_document(full_key()));
  ASSERT_EQ(bad["secrets"].size(), Secrets::kMax);
  bad["secrets"].push_back(bad["secrets"][0]);
  EXPECT_FALSE(from_document(bad.dump()));
}

// A parser that keeps the last of two would turn a revoked key into a good one.
TEST(KeyDocument, EqualNamesAreRefused) {
  std::string text = to_document(full_key());
  text.insert(text.size() - 1, R"(,"revoked":false)");
  EXPECT_FALSE(from_document(text));
}

TEST(KeyDocument, WhatIsNotAnObjectIsRefused) {
  for (auto const* text : {"", "null", "[]", "{}", "\"key\"", "{", "1"})
    EXPECT_FALSE(from_document(text)) << text;
  EXPECT_FALSE(from_document(to_document(full_key()) + "x"));
}

}  // namespace
}  // namespace tsg::keys
