#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tsg::cli {
namespace {

TEST(Table, tells_things_in_a_cell_by_their_names) {
  auto const rows = nlohmann::ordered_json::parse(
      R"([{"id":"openai","credentials":[{"name":"main","weight":1},{"name":"spare","weight":2}],"tags":["eu","us"]},)"
      R"({"id":"xai","credentials":[],"tags":null}])");
  EXPECT_EQ(table(rows, {"id", "credentials", "tags"}),
            "ID      CREDENTIALS  TAGS\n"
            "openai  main,spare   eu,us\n"
            "xai     -            -\n");
}

// A provider names its models, an owner their keys: their words must not act on the terminal of who reads.
TEST(Table, shows_what_is_not_printable_as_escapes) {
  nlohmann::ordered_json const rows = {
      {{"model", "gpt\x1b]0;owned\x07"}, {"name", "\u202Enimda"}, {"tags", {"a\u009bb", "two\nlines"}}}};
  EXPECT_EQ(table(rows, {"model", "name", "tags"}),
            "MODEL                    NAME         TAGS\n"
            "gpt\\u001b]0;owned\\u0007  \\u202enimda  a\\u009bb,two\\u000alines\n");
}

}  // namespace
}  // namespace tsg::cli
