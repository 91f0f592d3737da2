#include "tsg/json/children.hpp"

#include <gtest/gtest.h>

namespace tsg::json {
namespace {

std::string listed(std::string_view container) {
  std::string out;
  Children children{container};
  for (Member m; children.next(m);)
    out.append(m.key).append("=").append(container.substr(m.value.begin, m.value.size())).append(";");
  return out + (children.broken() ? "broken" : "");
}

TEST(Children, AreGivenOneByOneWithTheirBytes) {
  EXPECT_EQ(listed(R"({"a" : [1, {"b":"}"}] , "c\"":"x\\"})"), R"(a=[1, {"b":"}"}];c\"="x\\";)");
  EXPECT_EQ(listed("[ 1 ,\"a\",[ ],{ }, null]"), "=1;=\"a\";=[ ];={ };=null;");
  EXPECT_EQ(listed("{ }") + listed("[]"), "");
}

TEST(Children, OfWhatIsNoContainerThereAreNone) {
  for (std::string_view const text : {"", "1", "\"a\"", "null", "{", "[1", R"({"a")", R"({"a":})", "{1:2}"})
    EXPECT_TRUE(listed(text).ends_with("broken")) << text;
}

TEST(Children, AKeySaysItsNameHoweverItIsSpelt) {
  EXPECT_TRUE(says("role", "role"));
  EXPECT_TRUE(says(R"(r\u006fle)", "role"));
  EXPECT_FALSE(says(R"(r\u006f)", "role"));
  EXPECT_EQ(member_of(R"({"a":1,"r\u006fle":"user"})", "role"), "\"user\"");
  EXPECT_EQ(member_of(R"(["role"])", "role"), "");
  EXPECT_EQ(member_of("", "role"), "");
}

}  // namespace
}  // namespace tsg::json
