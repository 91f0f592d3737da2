// Lists with cursors, entity tags and If-Match: the same for every resource.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/input.hpp"
#include "tsg/http/message.hpp"

namespace tsg::admin {

// {"data":[…],"next_cursor":…}; items are JSON texts, "" = no further page.
std::string list_json(std::vector<std::string> const& items, std::string const& next);

// One page of an ordered map from `from` on (exclusive). `take` gives the item's JSON, or nullopt to pass it
// over; `more` says whether the range still goes on. The cursor is the last key shown.
template <class Map, class More, class Take>
std::string page_of(Map const& map, std::string const& from, Page const& page, More more, Take take) {
  std::vector<std::string> items;
  std::string next, last;
  for (auto it = map.upper_bound(std::max(from, page.cursor)); it != map.end() && more(it->first); ++it) {
    std::optional<std::string> item = take(it->second);
    if (!item) continue;
    if (items.size() == page.limit) {
      next = last;
      break;
    }
    items.push_back(std::move(*item));
    last = it->first;
  }
  return list_json(items, next);
}

std::string etag_of(std::int64_t version);  // quoted
// If-Match against the version there is. Absent or "*" matches; else precondition_failed.
Result<> check_if_match(http::RequestHead const& head, std::int64_t version);

}  // namespace tsg::admin
