// Brings a database to the schema of this build: migrations/sqlite/*.sql in order, each one transaction.
#pragma once
#include "store/sqlite/db.hpp"

namespace tsg::store {

void migrate(Db& db);  // SqlError: newer than this build, or a migration failed (the database is as before)

}  // namespace tsg::store
