#include "store/sqlite/migrate.hpp"

#include <array>

namespace tsg::embedded {  // made by tsg_embed
std::string_view migration_0001();
std::string_view migration_0002();
std::string_view migration_0003();
std::string_view migration_0004();
}  // namespace tsg::embedded

namespace tsg::store {
namespace {

// The n-th brings schema n-1 to n. Released ones never change.
constexpr std::array kMigrations{&embedded::migration_0001, &embedded::migration_0002,
                                 &embedded::migration_0003, &embedded::migration_0004};

}  // namespace

void migrate(Db& db) {
  auto const have = db.integer("PRAGMA user_version");
  auto const known = static_cast<std::int64_t>(kMigrations.size());
  if (have > known)
    throw SqlError{0, "the database has schema " + std::to_string(have) + ", this build knows " +
                          std::to_string(known) + ": use the newer build"};
  for (auto version = have; version < known; ++version) {
    db.exec("BEGIN IMMEDIATE");
    db.exec(std::string{kMigrations[static_cast<std::size_t>(version)]()}.c_str());
    db.exec(("PRAGMA user_version=" + std::to_string(version + 1)).c_str());
    db.exec("COMMIT");
  }
}

}  // namespace tsg::store
