#include "store/sqlite/migrate.hpp"

#include <array>

namespace tsg::embedded {  // made by tsg_embed
std::string_view migration_0001();
std::string_view migration_0002();
std::string_view migration_0003();
std::string_view migration_0004();
std::string_view migration_0005();
std::string_view migration_0006();
std::string_view migration_0007();
}  // namespace tsg::embedded

namespace tsg::store {
namespace {

// The n-th brings schema n-1 to n. Released ones never change.
constexpr std::array kMigrations{&embedded::migration_0001, &embedded::migration_0002,
                                 &embedded::migration_0003, &embedded::migration_0004,
                                 &embedded::migration_0005, &embedded::migration_0006,
                                 &embedded::migration_0007};

}  // namespace

std::int64_t known_schema() noexcept {
  return static_cast<std::int64_t>(kMigrations.size());
}

std::int64_t schema_of(Db& db) {
  return db.integer("PRAGMA user_version");
}

void check_schema_is_known(std::int64_t have) {
  if (have < 0 || have > known_schema())
    throw SqlError{0, "the database has schema " + std::to_string(have) + ", this build knows " +
                          std::to_string(known_schema()) + ": use the newer build"};
}

void migrate(Db& db, std::int64_t to) {
  for (auto version = schema_of(db); version < to; ++version) {
    db.exec("BEGIN IMMEDIATE");
    db.exec(std::string{kMigrations[static_cast<std::size_t>(version)]()}.c_str());
    db.exec(("PRAGMA user_version=" + std::to_string(version + 1)).c_str());
    db.exec("COMMIT");
  }
}

}  // namespace tsg::store
