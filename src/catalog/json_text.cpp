#include "catalog/parse.hpp"

#include <nlohmann/json.hpp>

#include "tsg/core/nearest.hpp"

namespace tsg::catalog {

void Problems::add(std::string_view message) {
  found_.push_back(path_ + std::string{message});
}

void Problems::add_unknown(std::string_view member, std::span<std::string_view const> known) {
  auto const close = nearest(member, known, 1);
  add(close.empty() ? std::string{"unknown member"}
                    : "unknown member, did you mean `" + std::string{close.front()} + "`?");
}

Json parse_json(std::string_view text, std::string_view what, Problems& problems) {
  std::vector<std::string> twice;  // a price list must not lose one of two equal members in silence
  auto json = json::parse_ordered(text, twice);
  problems.under(what, [&] {
    if (json.is_discarded()) problems.add("is not JSON");
    for (auto const& key : twice) problems.add("member `" + key + "` is given twice");
  });
  return json;
}

}  // namespace tsg::catalog
