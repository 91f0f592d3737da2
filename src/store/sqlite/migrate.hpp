// Brings a database to the schema of this build: migrations/sqlite/*.sql in order, each one transaction.
#pragma once
#include <cstdint>

#include "store/sqlite/db.hpp"

namespace tsg::store {

std::int64_t known_schema() noexcept;           // of this build
std::int64_t schema_of(Db& db);                 // of the database; 0 = none yet
void migrate(Db& db, std::int64_t to);          // SqlError: a migration failed; the database is as before it
void check_schema_is_known(std::int64_t have);  // SqlError: newer than this build

}  // namespace tsg::store
