// Usage rows as JSON and CSV, with the columns that were grouped by. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::usage {

// "org,team,key,environment,provider,model,day", any of them, in the order wanted.
struct Columns {
  Columns() = default;
  std::vector<std::string> names;
  store::UsageGroup group;
};
Result<Columns> parse_group_by(std::string_view text);

std::string report_json(std::vector<store::UsageRow> const& rows, Columns const& columns);  // {"data":[…],…}
std::string report_csv(std::vector<store::UsageRow> const& rows, Columns const& columns);

}  // namespace tsg::usage
