#include "admin/lists.hpp"

#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"

namespace tsg::admin {

std::string list_json(std::vector<std::string> const& items, std::string const& next) {
  std::string out = R"({"data":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    out += items[i];
  }
  out += R"(],"next_cursor":)";
  out += next.empty() ? "null" : json::to_text(nlohmann::json(next));
  return out + "}";
}

std::string etag_of(std::int64_t version) {
  return '"' + std::to_string(version) + '"';
}

Result<> check_if_match(http::RequestHead const& head, std::int64_t version) {
  auto const wanted = head.field("if-match");
  if (!wanted || *wanted == "*" || *wanted == etag_of(version)) return boost::system::in_place_value;
  return Error{Errc::precondition_failed, "It has changed in between: read it again (its ETag is " +
                                              etag_of(version) + ") and repeat the change."};
}

}  // namespace tsg::admin
