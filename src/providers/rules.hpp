// Per-model rules of the wire, as data of the catalogue (`rules` of an entry): what a model refuses, which
// thinking modes and efforts it knows. An unknown model has the rules of the newest of its family.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/catalog/catalog.hpp"

namespace tsg::providers {

class Rules {
 public:
  explicit Rules(catalog::Model const* model) noexcept : model_{model} {}
  bool flag(std::string_view name, bool absent) const;
  std::string text(std::string_view name, std::string_view absent) const;
  std::int64_t number(std::string_view name, std::int64_t absent) const;
  // A rule that is a list of texts; empty if absent.
  std::vector<std::string> list(std::string_view name) const;
  bool lists(std::string_view name, std::string_view value) const;
  std::string_view raw(std::string_view name) const;  // JSON; "" if absent

 private:
  catalog::Model const* model_;
};

}  // namespace tsg::providers
