#include "store/sqlite/db.hpp"
#include "tsg/core/log.hpp"

#include "tsg/core/money.hpp"

namespace tsg::store {
namespace {

// total_of(x): a sum of integers that saturates, 0 of none. SQLite's sum() fails where it does not fit, its
// total() is a floating point number.
std::int64_t* total_in(sqlite3_context* context, int bytes) noexcept {
  return static_cast<std::int64_t*>(sqlite3_aggregate_context(context, bytes));
}
void total_step(sqlite3_context* context, int, sqlite3_value** values) {
  auto* const total = total_in(context, sizeof(std::int64_t));
  if (total == nullptr) return sqlite3_result_error_nomem(context);
  *total = saturated_add(*total, sqlite3_value_int64(values[0]));
}
void total_final(sqlite3_context* context) {
  auto const* const total = total_in(context, 0);
  sqlite3_result_int64(context, total == nullptr ? 0 : *total);
}

[[noreturn]] void fail(sqlite3* db, int code, std::string_view what) {
  throw SqlError{code, std::string{what} + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code))};
}

}  // namespace

// Its own count of bytes costs a lock per allocation. Refused once anything has used the library.
void configure_sqlite() {
  [[maybe_unused]] static int const done = [] {
    int const rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (rc != SQLITE_OK) log::warn("SQLite was in use before it was configured: it counts its memory");
    return rc;
  }();
}

Db::Db(std::filesystem::path const& file, int flags, std::string const& vfs) {
  configure_sqlite();
  sqlite3* raw = nullptr;
  int const rc =
      sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, vfs.empty() ? nullptr : vfs.c_str());
  db_.reset(raw);
  if (rc != SQLITE_OK) fail(raw, rc, "open " + file.string());
  sqlite3_extended_result_codes(raw, 1);
  // Nothing in the file itself runs: whoever can write it must not decide what our statements do.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_busy_timeout(raw, 10'000);
  constexpr int kinds = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(raw, "total_of", 1, kinds, nullptr, nullptr, total_step, total_final, nullptr);
}

void Db::exec(char const* sql) {
  int const rc = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) fail(db_.get(), rc, "statement");
}

std::int64_t Db::integer(char const* sql) {
  Statement s{*this, sql};
  return s.step() ? s.integer(0) : 0;
}

QueryDeadline::QueryDeadline(Db& db, std::optional<std::chrono::milliseconds> within) : db_{db} {
  constexpr int kSteps = 10'000;  // of SQLite's machine, about a tenth of a millisecond
  if (!within) return;
  until_ = std::chrono::steady_clock::now() + *within;
  sqlite3_progress_handler(
      db_.get(), kSteps, [](void* self) { return static_cast<QueryDeadline*>(self)->over() ? 1 : 0; }, this);
}

QueryDeadline::~QueryDeadline() {
  if (until_) sqlite3_progress_handler(db_.get(), 0, nullptr, nullptr);
}

Statement::Statement(Db& db, char const* sql) {
  sqlite3_stmt* raw = nullptr;
  int const rc = sqlite3_prepare_v3(db.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  s_.reset(raw);
  if (rc != SQLITE_OK) fail(db.get(), rc, sql);
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(s_.get(), next_++, value);
  return *this;
}
Statement& Statement::bind(std::optional<std::int64_t> value) {
  return value ? bind(*value) : bind_null();
}
Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text(s_.get(), next_++, text.data() ? text.data() : "", static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind_blob(std::span<std::uint8_t const> bytes) {
  sqlite3_bind_blob(s_.get(), next_++, bytes.data() ? static_cast<void const*>(bytes.data()) : "",
                    static_cast<int>(bytes.size()), SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind_null() {
  sqlite3_bind_null(s_.get(), next_++);
  return *this;
}

Statement& Statement::bind_zeros(int bytes) {
  sqlite3_bind_zeroblob(s_.get(), next_++, bytes);
  return *this;
}

bool Statement::step() {
  int const rc = sqlite3_step(s_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc != SQLITE_DONE) {
    auto* const db = sqlite3_db_handle(s_.get());
    std::string const what = sqlite3_errmsg(db);
    reset();
    throw SqlError{rc, what};
  }
  reset();
  return false;
}

void Statement::run_one() {
  run();
  if (auto const rows = sqlite3_changes(sqlite3_db_handle(s_.get())); rows != 1)
    throw SqlError{0, "a statement that writes one row wrote " + std::to_string(rows)};
}

void Statement::reset() {
  sqlite3_reset(s_.get());
  next_ = 1;
}

std::string_view Statement::text(int column) const noexcept {
  auto const* p = reinterpret_cast<char const*>(sqlite3_column_text(s_.get(), column));
  return p ? std::string_view{p, static_cast<std::size_t>(sqlite3_column_bytes(s_.get(), column))}
           : std::string_view{};
}

std::span<std::uint8_t const> Statement::blob(int column) const noexcept {
  auto const* p = static_cast<std::uint8_t const*>(sqlite3_column_blob(s_.get(), column));
  return {p, p ? static_cast<std::size_t>(sqlite3_column_bytes(s_.get(), column)) : 0u};
}

}  // namespace tsg::store
