// The example file is documentation that cannot rot: it loads, equals the defaults, and names every key.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "config/schema.hpp"

namespace tsg::config {
namespace {

std::filesystem::path example() {
  return std::filesystem::path{__FILE__}.parent_path() / "../../../config/tsg.example.yaml";
}

std::string text_of(std::filesystem::path const& file) {
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Example, loads_and_equals_the_defaults) {
  auto const loaded = load_file(example());
  for (auto const& p : loaded.problems) ADD_FAILURE() << p.line << ":" << p.column << ": " << p.message;
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(*loaded.config, Config{});
}

template <class T>
void expect_named(std::string const& text, std::vector<Key<T>> const& keys) {
  for (auto const& key : keys)
    EXPECT_TRUE(std::regex_search(text, std::regex{"(^|[\\s#{,])" + std::string{key.name} + ":"}))
        << key.name;
}

TEST(Example, names_every_key) {
  auto const text = text_of(example());
  expect_named(text, config_keys());
  expect_named(text, secrets_keys());
  expect_named(text, tls_keys());
  expect_named(text, provider_keys());
  expect_named(text, credential_keys());
  expect_named(text, health_check_keys());
  expect_named(text, limits_keys());
  expect_named(text, timeouts_keys());
}

// What is shown commented out must be true as well.
TEST(Example, loads_with_its_commented_lines_in_place) {
  std::istringstream lines{text_of(example())};
  std::string yaml, line;
  while (std::getline(lines, line)) {
    if (line.starts_with("#  ")) line = line.substr(1);
    if (line.starts_with("providers: {}") || line.starts_with("routes: {}")) line.resize(line.find(':') + 1);
    yaml += line + "\n";
  }
  auto const loaded = load_text(yaml, "/etc/tsg");
  for (auto const& p : loaded.problems) ADD_FAILURE() << p.line << ":" << p.column << ": " << p.message;
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->providers.size(), 3u);
  EXPECT_TRUE(loaded.config->secrets.master_key.present());
  EXPECT_TRUE(loaded.config->admin_tls);
}

}  // namespace
}  // namespace tsg::config
