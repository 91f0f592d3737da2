// What the database consists of, against what the migrations make. A view in a table's place or a trigger on
// it would let the gateway read and write other rows than `tsg audit verify` sees.
#pragma once
#include <string>

#include "store/sqlite/db.hpp"

namespace tsg::store {

// The first object that is not as the migrations up to the database's own schema make it; "" = none. Tables
// that SQLite keeps for its planner (ANALYZE) are not looked at: they change no answer.
std::string schema_difference(Db& db);

// A value that its column cannot hold when only this program writes: SQLite stores any type in any column,
// and a query that compares and one that reads then see different rows. The first "table.column"; "" = none.
// `every` looks at the tables that grow with each request, too; without it at those that a start reads. The
// schema must be as it is made.
std::string value_difference(Db& db, bool every);

}  // namespace tsg::store
