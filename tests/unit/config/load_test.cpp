#include <gtest/gtest.h>

#include "tsg/config/places.hpp"

namespace tsg::config {
namespace {

Loaded load(std::string_view yaml) {
  return load_text(yaml, "/etc/tsg");
}

std::string report(Loaded const& loaded) {
  std::string text;
  for (auto const& p : loaded.problems)
    text += std::to_string(p.line) + ":" + std::to_string(p.column) + ": " + p.message + "\n";
  return text;
}

TEST(Load, an_empty_file_is_the_default_configuration) {
  auto const loaded = load("");
  ASSERT_TRUE(loaded.config) << report(loaded);
  EXPECT_EQ(*loaded.config, Config{});
}

TEST(Load, a_misspelt_key_is_named_with_place_and_neighbour) {
  EXPECT_EQ(report(load("limits:\n  header_byte_max: 5000\n")),
            "2:3: limits: unknown key `header_byte_max`, did you mean `header_bytes_max`?\n");
  EXPECT_EQ(report(load("zzzzzzzzzz: 1\n")), "1:1: unknown key `zzzzzzzzzz`\n");
}

TEST(Load, all_problems_come_at_once_in_file_order) {
  auto const loaded = load(
      "listn: 127.0.0.1:1\n"
      "listen: nowhere\n"
      "durability: maybe\n"
      "limits: {streams_max: 0, streams_max: 5, json_depth_max: \"9\"}\n"
      "timeouts: [1]\n"
      "trusted_proxies: [10.0.0.0/33, ::/0]\n"
      "providers: {openai: {credentials: [{name: a}, {name: b, key: sk-oops}]}}\n");
  EXPECT_FALSE(loaded.config);
  EXPECT_EQ(
      report(loaded),
      "1:1: unknown key `listn`, did you mean `listen`?\n"
      "2:9: listen: expected address:port, like 127.0.0.1:8080 or [::1]:8080, got \"nowhere\"\n"
      "3:13: durability: expected one of full, process, got \"maybe\"\n"
      "4:23: limits.streams_max: expected an integer from 1 to 1000000, got \"0\"\n"
      "4:26: limits: duplicate key `streams_max`, first given in line 4\n"
      "4:58: limits.json_depth_max: expected an integer from 8 to 1024, got the text \"9\"\n"
      "5:11: timeouts: expected a map, got a list\n"
      "6:19: trusted_proxies: expected a network like 10.0.0.0/8 or fd00::/8, got \"10.0.0.0/33\"\n"
      "7:36: providers.openai.credentials: `key` is missing\n"
      "7:62: providers.openai.credentials.key: expected env:NAME, file:PATH or credential:NAME, never the "
      "secret itself\n");
}

TEST(Load, what_gives_access_is_never_quoted_back) {
  for (auto const* url :
       {"https://user:pw@x/v1?x=1", "https://user:p/w@x", "https:/user:pw@x", "user:pw@x/v1",
        "https://x/v1?key=pw", "ftp://user:pw@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    auto const text = report(load("providers: {openai: {base_url: '" + std::string{url} + "'}}\n"));
    EXPECT_NE(text.find("providers.openai.base_url: expected a URL"), text.npos) << text;
    EXPECT_EQ(text.find("pw"), text.npos) << text;
    EXPECT_EQ(text.find("user:"), text.npos) << text;
  }
}

TEST(Load, what_others_find_in_their_sections_has_a_place_too) {
  auto const loaded = read_text(
      "models:\n"
      "  openai/gpt-4.1: {prices: {input: \"1\"}}\n"
      "routes:\n"
      "  fast:\n"
      "    targets:\n"
      "      - openai/gpt-4o\n"
      "      - {target: openai/gpt-4.1, wieght: 3}\n",
      "/etc/tsg");
  auto const at = [&](std::string message) {
    auto const p = placed(loaded.places, message);
    EXPECT_EQ(p.message, message);
    return std::pair{p.line, p.column};
  };
  EXPECT_EQ(at("routes.fast.targets[1].wieght: unknown member"), (std::pair{7, 34}));
  EXPECT_EQ(at("routes.fast.targets[0]: provider `openai` is not configured"), (std::pair{6, 9}));
  EXPECT_EQ(at("routes.fast.strategy: expected …"), (std::pair{4, 3})) << "the nearest key around it";
  EXPECT_EQ(at("models.openai/gpt-4.1: prices: input: expected a price"), (std::pair{2, 29}));
  EXPECT_EQ(at("models.openai/gpt-4: `gpt-4` is already a name"), (std::pair{1, 1}));
  EXPECT_EQ(at("nothing of this file"), (std::pair{0, 0}));
  Problem const nowhere = placed(loaded.places, "x");
  EXPECT_EQ(to_string("f.yaml", nowhere), "f.yaml:1:1: x");
}

TEST(Load, a_secret_written_by_mistake_is_not_quoted_back) {
  auto const text = report(load("secrets: {admin_token: my-very-secret-token}\n"));
  EXPECT_EQ(text.find("my-very"), text.npos) << text;
  EXPECT_NE(text, "");
}

TEST(Load, broken_yaml_is_one_problem_with_its_place) {
  auto const loaded = load("listen: 127.0.0.1:1\n  bad: [\n");
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].line, 2);
  EXPECT_TRUE(loaded.problems[0].message.starts_with("not YAML: ")) << loaded.problems[0].message;
}

TEST(Load, several_documents_and_a_list_at_the_top_are_refused) {
  EXPECT_FALSE(load("listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2\n").config);
  EXPECT_FALSE(load("- a\n").config);
}

TEST(Load, relative_paths_start_at_the_file) {
  auto const loaded = load(
      "data_dir: ../data\ncatalog: c.json\ntls: {certificate: a.pem, key: /abs/k.pem}\n"
      "secrets: {key_pepper: 'file:s/p', master_key: 'env:MASTER', admin_token: 'credential:token'}\n");
  ASSERT_TRUE(loaded.config) << report(loaded);
  EXPECT_EQ(loaded.config->data_dir, "/etc/data");
  EXPECT_EQ(loaded.config->catalog, "/etc/tsg/c.json");
  EXPECT_EQ(loaded.config->tls->certificate, "/etc/tsg/a.pem");
  EXPECT_EQ(loaded.config->tls->key, "/abs/k.pem");
  EXPECT_EQ(loaded.config->secrets.key_pepper, (SecretRef{SecretRef::Kind::file, "/etc/tsg/s/p"}));
  EXPECT_EQ(loaded.config->secrets.master_key, (SecretRef{SecretRef::Kind::env, "MASTER"}));
  EXPECT_EQ(loaded.config->secrets.admin_token, (SecretRef{SecretRef::Kind::credential, "token"}));
}

TEST(Load, a_credential_name_cannot_leave_its_directory) {
  EXPECT_FALSE(load("secrets: {admin_token: 'credential:../../etc/shadow'}\n").config);
  EXPECT_FALSE(load("secrets: {admin_token: 'credential:..'}\n").config);
}

TEST(Load, the_public_url_is_a_url) {
  auto const loaded = load_text("public_url: https://tsg.example.com/admin/\n", "/etc/tsg");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->public_url->authority() + loaded.config->public_url->path,
            "tsg.example.com/admin");
  for (auto const* wrong : {"tsg.example.com", "ftp://x", "https://u:p@x", "https://x?y", "[1]"})
    EXPECT_FALSE(load_text(std::string{"public_url: "} + wrong, "/").config) << wrong;
}

TEST(Load, what_works_and_is_hardly_meant_is_a_warning) {
  auto const warned = [](char const* yaml) {
    auto const loaded = load_text(yaml, "/etc/tsg");
    std::string out;
    for (auto const& w : warnings(loaded.config.value())) out += w.substr(0, w.find(':')) + " ";
    return out;
  };
  EXPECT_EQ(warned("listen: 127.0.0.1:8080"), "");
  EXPECT_EQ(warned("listen: 0.0.0.0:8080"), "listen ");
  EXPECT_EQ(warned("listen: '[::]:8080'"), "listen ");
  EXPECT_EQ(warned("listen: 10.0.0.5:8080"), "listen ");
  EXPECT_EQ(warned("listen: 0.0.0.0:8080\ntls: {certificate: a, key: b}"), "");
  EXPECT_EQ(warned("public_url: http://tsg.example.com"), "public_url ");
  EXPECT_EQ(warned("public_url: http://localhost:8081"), "");
}

TEST(Load, the_admin_port_outside_loopback_needs_tls) {
  EXPECT_EQ(report(load("admin_listen: 0.0.0.0:8081\n")),
            "1:15: admin_listen: is not loopback, so `admin_tls` is required\n");
  EXPECT_TRUE(load("admin_listen: 0.0.0.0:8081\nadmin_tls: {certificate: a, key: b}\n").config);
  EXPECT_TRUE(load("admin_listen: '[::1]:8081'\n").config);
  EXPECT_FALSE(load("admin_listen: 127.0.0.1:8080\n").config) << "the same address as listen";
}

TEST(Load, both_halves_of_tls_are_needed) {
  EXPECT_EQ(report(load("tls: {certificate: a}\n")), "1:6: tls: `key` is missing\n");
}

TEST(Load, postgresql_is_refused_in_words) {
  EXPECT_EQ(report(load("store: postgresql://db/tsg\n")),
            "1:8: store: PostgreSQL is not available in this build; use `store: sqlite`\n");
}

TEST(Load, overrides_become_json_with_exact_decimals) {
  auto const loaded =
      load("models: {openai/gpt-4o: {prices: {input: 2.25, output: '9', n: 10, on: true, no: null}}}\n");
  ASSERT_TRUE(loaded.config) << report(loaded);
  EXPECT_EQ(loaded.config->models_json,
            R"({"openai/gpt-4o":{"prices":{"input":"2.25","output":"9","n":10,"on":true,"no":null}}})");
  EXPECT_EQ(report(load("routes: {a: {x: 1, x: 2}}\n")),
            "1:20: routes.a: duplicate key `x`, first given in line 1\n");
}

TEST(Load, aliases_that_multiply_or_turn_back_end) {
  std::string bomb = "routes:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    std::string const before(1, static_cast<char>(c - 1));
    bomb += std::string("  ") + c + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += (i ? ",*" : "*") + before;
    bomb += "]\n";
  }
  EXPECT_FALSE(load(bomb).config);
  EXPECT_FALSE(load("routes: {a: &a [*a]}\n").config);
}

TEST(Load, a_file_that_is_not_there_is_one_problem) {
  auto const loaded = load_file("/nonexistent/tsg.yaml");
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].line, 0);
  EXPECT_FALSE(load_file("/").config) << "a directory";
}

TEST(Restart, only_what_cannot_change_while_running_is_listed) {
  Config running, fresh;
  fresh.limits.streams = 7;
  fresh.log_level = "debug";
  EXPECT_TRUE(restart_needed(running, fresh).empty());
  fresh.listen.port = 1;
  fresh.data_dir = "/elsewhere";
  fresh.secrets.admin_token = {SecretRef::Kind::env, "A"};
  fresh.tls.emplace();
  EXPECT_EQ(restart_needed(running, fresh),
            (std::vector<std::string>{"listen", "tls", "data_dir", "secrets"}));
}

}  // namespace
}  // namespace tsg::config
