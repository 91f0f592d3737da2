// Strict bodies: a declared set of members, everything else refused by name.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {

// Syntax, duplicate keys, depth and UTF-8 are checked as for clients; the root must be an object with only
// the members listed. "" is read as {}.
Result<nlohmann::json> parse_body(std::string body, std::initializer_list<std::string_view> members,
                                  std::size_t depth_max = 16);

// Typed access. Each error names the field and the rule.
Result<std::string> required_string(nlohmann::json const& body, char const* field, std::size_t max_bytes);
Result<std::string> optional_string(nlohmann::json const& body, char const* field, std::size_t max_bytes);
Result<std::optional<std::int64_t>> optional_integer(nlohmann::json const& body, char const* field,
                                                     std::int64_t min, std::int64_t max);
Result<std::optional<bool>> optional_flag(nlohmann::json const& body, char const* field);
Result<std::vector<std::string>> string_list(nlohmann::json const& body, char const* field,
                                             std::size_t max_items, std::size_t max_bytes);

struct Page {
  std::size_t limit = 50;
  std::string cursor;
};
// ?limit=&cursor= and nothing that is not in `others`; values are percent-decoded.
struct Query {
  Page page;
  std::vector<std::pair<std::string, std::string>> filters;
};
Result<Query> parse_query(std::string_view query, std::initializer_list<std::string_view> others);

}  // namespace tsg::admin
