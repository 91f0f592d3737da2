#include "cli/output.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tsg::cli
