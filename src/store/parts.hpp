// The meters of a bill: as the ledger keeps them, and as tokens in and out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/audit/record.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::store {

// [["meter",units,cost,price,list price],…]; amounts in nano-USD, prices per million units. "" for none.
std::string parts_json(std::vector<audit::CostPart> const& parts);
UsageSum tokens_of(std::vector<audit::CostPart> const& parts);  // token counts only

}  // namespace tsg::store
