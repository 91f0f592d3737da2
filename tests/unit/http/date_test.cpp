#include "tsg/http/date.hpp"

#include <gtest/gtest.h>

namespace tsg::http {
namespace {

TEST(HttpDate, AllThreeFormsAreOneTime) {
  for (auto const* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_date(text), 784'111'777) << text;
  EXPECT_EQ(format_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_date("Tue, 01 Dec 2026 23:59:60 GMT"), 1'796'169'600) << "a leap second";
  EXPECT_EQ(parse_date("Friday, 01-Jan-27 00:00:00 GMT"), 1'798'761'600) << "years of two digits are near";
}

TEST(HttpDate, AnythingElseIsNone) {
  for (auto const* text :
       {"", "soon", "7", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT", ",", "Sun,"})
    EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace tsg::http
