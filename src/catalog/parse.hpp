// One entry of catalog.json to a Model. README.md is the page of the format.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/catalog/catalog.hpp"
#include "tsg/json/value.hpp"

namespace tsg::catalog {

using Json = nlohmann::ordered_json;

// Problems with the place they are in: "openai/gpt-4o: prices: inptu: unknown member, did you mean `input`?".
class Problems {
 public:
  void add(std::string_view message);
  void add_unknown(std::string_view member, std::span<std::string_view const> known);
  template <class F>
  void under(std::string_view name, F&& body) {
    auto const length = path_.size();
    path_ += name;
    path_ += ": ";
    body();
    path_.resize(length);
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  std::string path_;
  std::vector<std::string> found_;
};

// The text as JSON; a member given twice is a problem, as is anything that is not JSON.
Json parse_json(std::string_view text, std::string_view what, Problems& problems);

Model parse_model(Json const& entry, Problems& problems);

}  // namespace tsg::catalog
