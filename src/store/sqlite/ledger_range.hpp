// The part of the ledger a time can be in, without an index on time: hold ids follow admission.
#pragma once
#include <cstdint>

#include "store/sqlite/db.hpp"

namespace tsg::store {

// Every row whose request began at `ms` or later has this id or a higher one. O(log n).
std::int64_t first_id_since(Db& db, std::int64_t ms);
// Every row whose request began before `ms` has a lower id.
std::int64_t id_after(Db& db, std::int64_t ms);

}  // namespace tsg::store
