// Every case whose bytes are pinned: its name, and what the adapters make of it. No clock, no randomness.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace tsg::golden {

// `source` says where the input comes from: "corpus" is committed with the tests, "recording" is in
// TSG_FIXTURES.
struct Case {
  std::string name;  // "<source>/<input>/<what is made of it>"
  std::function<std::string()> bytes;
};

// Committed inputs always; recordings where TSG_FIXTURES names them. Sorted by name.
std::vector<Case> cases();

}  // namespace tsg::golden
