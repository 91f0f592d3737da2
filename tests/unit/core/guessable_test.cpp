#include "tsg/core/guessable.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tsg/core/bytes.hpp"

namespace tsg {
namespace {

TEST(Guessable, WhatSomebodyTyped) {
  for (std::string const& text :
       {std::string(32, 'a'), std::string(32, '\0'), std::string{"abababababababababababababababab"},
        std::string{"changeme-changeme-changeme-changeme-"}, std::string{"0123456789abcdef0123456789abcdef"},
        std::string{"abcdefghijklmnopqrstuvwxyz0123456789"}, std::string{"zyxwvutsrqponmlkjihgfedcba987654"},
        std::string{"00000000000000000000000000000001"}, std::string{}})
    EXPECT_TRUE(guessable(as_bytes(text))) << text;
}

TEST(Guessable, WhatWasDrawnIsNot) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 2000; ++round) {
    Bytes raw(32);
    for (auto& byte : raw) byte = static_cast<std::uint8_t>(random());
    EXPECT_FALSE(guessable(raw)) << to_hex(raw);
    EXPECT_FALSE(guessable(as_bytes(to_hex(raw)))) << to_hex(raw);
    EXPECT_FALSE(guessable(as_bytes(to_base64(raw)))) << to_base64(raw);
    raw.resize(16);
    EXPECT_FALSE(guessable(as_bytes(to_hex(raw)))) << to_hex(raw);
  }
}

}  // namespace
}  // namespace tsg
