#include <set>

#include "catalog/parse.hpp"
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
  // nlohmann keeps the last of two equal members in silence; a price list must not.
  std::vector<std::set<std::string, std::less<>>> open;
  std::vector<std::string> twice;
  auto const watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key) {
      auto const& key = value.get_ref<std::string const&>();
      if (!open.back().insert(key).second) twice.push_back(key);
    }
    return true;
  };
  auto json = Json::parse(text, watch, /*allow_exceptions=*/false);
  problems.under(what, [&] {
    if (json.is_discarded()) problems.add("is not JSON");
    for (auto const& key : twice) problems.add("member `" + key + "` is given twice");
  });
  return json;
}

}  // namespace tsg::catalog
