#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "tsg/config/config.hpp"

namespace tsg::config {
namespace {

class Secret : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tsg-secret-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  SecretRef file(std::string_view content, mode_t mode = 0600) const {
    auto const path = directory_ / "secret";
    std::ofstream{path, std::ios::binary} << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return {SecretRef::Kind::file, path.string()};
  }
  std::filesystem::path directory_;
};

TEST_F(Secret, one_trailing_newline_is_not_part_of_it) {
  EXPECT_EQ(read_secret(file("token\n")).value(), "token");
  EXPECT_EQ(read_secret(file("token\r\n")).value(), "token");
  EXPECT_EQ(read_secret(file("token\n\n")).value(), "token\n");
}

TEST_F(Secret, a_file_open_to_others_is_refused_with_the_remedy) {
  for (mode_t const mode : {0640, 0604, 0644, 0660, 0602}) {
    auto const secret = read_secret(file("token", mode));
    ASSERT_TRUE(secret.has_error()) << std::oct << mode;
    EXPECT_NE(secret.error().message().find("chmod 600"), std::string_view::npos);
    EXPECT_EQ(secret.error().message().find("token\n"), std::string_view::npos);
  }
  EXPECT_TRUE(read_secret(file("token", 0400)));
}

TEST_F(Secret, what_is_missing_empty_or_no_file_is_refused) {
  EXPECT_TRUE(read_secret({}).has_error());
  EXPECT_TRUE(read_secret({SecretRef::Kind::file, (directory_ / "none").string()}).has_error());
  EXPECT_TRUE(read_secret({SecretRef::Kind::file, directory_.string()}).has_error());
  EXPECT_TRUE(read_secret({SecretRef::Kind::env, "TSG_TEST_UNSET_VARIABLE"}).has_error());
  EXPECT_TRUE(read_secret(file("\n")).has_error());
  EXPECT_TRUE(read_secret(file(std::string(70'000, 'x'))).has_error());
}

TEST_F(Secret, comes_from_the_environment_or_from_systemd) {
  setenv("TSG_TEST_SECRET", "from-env", 1);
  EXPECT_EQ(read_secret({SecretRef::Kind::env, "TSG_TEST_SECRET"}).value(), "from-env");
  unsetenv("TSG_TEST_SECRET");
  file("from-systemd\n", 0440);
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_TRUE(read_secret({SecretRef::Kind::credential, "secret"}).has_error());
  setenv("CREDENTIALS_DIRECTORY", directory_.c_str(), 1);
  EXPECT_EQ(read_secret({SecretRef::Kind::credential, "secret"}).value(), "from-systemd");
  unsetenv("CREDENTIALS_DIRECTORY");
}

// A header with a line break in it is left out as a whole: the request would go out without any key.
TEST_F(Secret, what_goes_into_a_header_is_one_line) {
  EXPECT_EQ(read_secret_line(file("sk-key\n")).value(), "sk-key");
  EXPECT_EQ(read_secret_line(file("sk-key\r\n\n")).value(), "sk-key") << "empty lines say nothing";
  EXPECT_TRUE(read_secret_line(file("\n\n")).has_error());
  for (std::string const& text : {std::string{"sk-one\nsk-two\n"}, std::string{"\nsk-key"},
                                  std::string{"sk\rkey"}, std::string{"sk\tkey"}, std::string{"sk\0key", 6},
                                  std::string{"sk\x1bkey"}, std::string{"sk-key\x7f"}}) {
    auto const secret = read_secret_line(file(text));
    ASSERT_TRUE(secret.has_error()) << text;
    EXPECT_NE(secret.error().message().find("/secret: holds a "), std::string_view::npos);
    EXPECT_EQ(secret.error().message().find("key\n"), std::string_view::npos) << "a secret is never quoted";
  }
  EXPECT_TRUE(read_secret(file("-----BEGIN\nPEM-----\n"))) << "a private key has lines";
}

TEST_F(Secret, a_key_has_32_bytes_in_any_of_three_forms) {
  std::vector<std::uint8_t> expected(32);
  std::string raw, hex;
  for (int i = 0; i < 32; ++i) {
    expected[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i * 7);
    raw += static_cast<char>(i * 7);
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", i * 7 & 0xff);
    hex += digits;
  }
  std::string const base64 = "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=";
  for (auto const& text : {raw, raw + "\n", hex, hex + "\n", base64, base64 + "\n"}) {
    auto const key = read_key32(file(text));
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_EQ(*key, expected);
  }
  auto last_is_newline = raw;
  last_is_newline.back() = '\n';
  EXPECT_EQ(read_key32(file(last_is_newline)).value().back(), '\n') << "raw bytes may end so";
}

TEST_F(Secret, a_key_of_another_size_is_refused) {
  for (auto const& text :
       {std::string(31, 'a'), std::string(31, 'a') + "\n", std::string(63, 'a'), std::string(64, 'g'),
        std::string(65, 'a'), std::string(43, 'A') + "!", std::string{}, std::string(34, 'a')})
    EXPECT_TRUE(read_key32(file(text)).has_error()) << text;
}

}  // namespace
}  // namespace tsg::config
