// What the `$ref`s of a schema point to, within its document. Each object on the way is read once, however
// often it is referred to.
#pragma once
#include <map>
#include <memory>
#include <string_view>

#include "providers/raw_json.hpp"

namespace tsg::providers::gemini {

class Pointers {
 public:
  explicit Pointers(RawNode const& root) { root_.node = &root; }
  // `pointer`: "#/…"; nullptr: there is nothing, or nothing with members.
  RawNode const* find(std::string_view pointer);

 private:
  struct Entry {
    RawNode own;
    RawNode const* node = &own;
    std::map<std::string_view, json::Member const*> members;  // of `node`, once somebody has asked
    std::map<std::string_view, std::unique_ptr<Entry>> below;
  };
  static Entry* step(Entry& from, std::string_view name);
  Entry root_;
};

}  // namespace tsg::providers::gemini
