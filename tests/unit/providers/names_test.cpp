// Names that a provider gives go into headers, records and one row for each: they are bounded where they are
// read.
#include <gtest/gtest.h>

#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace names_test {

std::string named(std::string_view text) {
  std::string raw;
  json::append_string(raw, text);
  return name_of(raw);
}

TEST(Names, OrdinaryOnesStayAsTheyAre) {
  for (auto const* name : {"gpt-4o-2024-08-06", "meta-llama/Llama-3.3-70B:free", "Llama 3 8B", "a"})
    EXPECT_EQ(named(name), name);
  EXPECT_EQ(name_of("null"), "");
  EXPECT_EQ(name_of("17"), "");
}

TEST(Names, LongOnesAreCut) {
  EXPECT_EQ(named(std::string(100'000, 'm')), std::string(256, 'm'));
  EXPECT_EQ(named(std::string(256, 'm')).size(), 256u);
}

TEST(Names, WhatCannotBeSeenIsReplaced) {
  EXPECT_EQ(named("gpt\r\nset-cookie: a\x1b[2J\x07"), "gpt??set-cookie: a?[2J?");
  EXPECT_EQ(named("mod\xc3\xa8le\xf0\x9f\x98\x82"), "mod?le?") << "one for each character";
  EXPECT_EQ(named("  padded  "), "padded");
  EXPECT_EQ(named("   "), "");
}

}  // namespace names_test
}  // namespace tsg::providers
