#include "tsg/core/printable.hpp"

#include <gtest/gtest.h>

namespace tsg {
namespace {

TEST(Printable, WhatActsOnATerminalIsShownInstead) {
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\u001b[31mred\\u0007");
  EXPECT_EQ(printable("two\nlines\tand\r"), "two\\u000alines\\u0009and\\u000d");
  EXPECT_EQ(printable(std::string_view{"a\0b\x7f", 4}), "a\\u0000b\\u007f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "C1: one code point begins a sequence as ESC [ does";
}

TEST(Printable, WhatReordersOrTakesNoPlaceIsShownInstead) {
  EXPECT_EQ(printable("key\u202Egnp.exe"), "key\\u202egnp.exe");
  EXPECT_EQ(printable("\u200E\u200F\u061C\u2066\u2069"), "\\u200e\\u200f\\u061c\\u2066\\u2069");
  EXPECT_EQ(printable("pay\u200Bpal\uFEFF\u00AD"), "pay\\u200bpal\\ufeff\\u00ad");
  EXPECT_EQ(printable("a\u2028b\u2029c"), "a\\u2028b\\u2029c");
  EXPECT_EQ(printable("\U000E0041"), "\\udb40\\udc41") << "tag letters, as JSON writes them";
}

TEST(Printable, WhatPeopleWriteStays) {
  for (auto const* text : {"", "gpt-4o", "Grüße", "日本語", "مرحبا", "emoji 😀", "C:\\path"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, BytesThatAreNotUtf8AreShownOneByOne) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond U+10FFFF";
}

TEST(Printable, DocumentsKeepTheirLines) {
  EXPECT_EQ(printable("a,b\r\n\tc\x1b\rd\n", Breaks::kept), "a,b\r\n\tc\\u001b\\u000dd\n");
}

}  // namespace
}  // namespace tsg
