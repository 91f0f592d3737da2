// Does a record answer a query? The stores bring the rows.
#pragma once
#include <cstdint>
#include <string_view>

#include "tsg/store/store.hpp"

namespace tsg::store {

std::int64_t record_ms(std::string_view bytes);  // its time; 0 if it has none
bool matches(AuditQuery const& query, std::string_view bytes);

}  // namespace tsg::store
