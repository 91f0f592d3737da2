// SQLite's C API with owners. Errors are exceptions here and nowhere above: a failed statement on the write
// path undoes its transaction, there is nothing a caller could decide.
#pragma once
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tsg::store {

struct SqlError : std::runtime_error {
  SqlError(int c, std::string const& what) : std::runtime_error{what}, code{c} {}
  int code;
};

class Statement;

void configure_sqlite();  // before anything else of the library is called; once, any thread

// Every connection also knows `total_of(x)`, a sum of integers that saturates.
class Db {
 public:
  Db(std::filesystem::path const& file, int flags, std::string const& vfs = {});  // "" = default VFS
  void exec(char const* sql);
  std::int64_t integer(char const* sql);  // first column of the first row, 0 if none
  // How long a statement waits for the lock of another connection before it fails as busy. 10 s at first.
  void wait_for_others(std::chrono::milliseconds limit) noexcept {
    sqlite3_busy_timeout(db_.get(), static_cast<int>(limit.count()));
  }
  int changes() const noexcept { return sqlite3_changes(db_.get()); }
  sqlite3* get() const noexcept { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

// Statements of this connection end with SQLITE_INTERRUPT once the time is over, for as long as this lives.
class QueryDeadline {
 public:
  QueryDeadline(Db& db, std::optional<std::chrono::milliseconds> within);  // absent: none
  ~QueryDeadline();
  QueryDeadline(QueryDeadline const&) = delete;
  QueryDeadline& operator=(QueryDeadline const&) = delete;
  bool over() const noexcept { return until_ && std::chrono::steady_clock::now() >= *until_; }

 private:
  Db& db_;
  std::optional<std::chrono::steady_clock::time_point> until_;
};

// Prepared once, used many times: bind in order, step, and it resets itself.
class Statement {
 public:
  Statement(Db& db, char const* sql);
  Statement& bind(std::int64_t value);
  Statement& bind(std::optional<std::int64_t> value);
  Statement& bind(std::string_view text);  // not copied: must live until the step
  Statement& bind_blob(std::span<std::uint8_t const> bytes);
  Statement& bind_null();
  Statement& bind_zeros(int bytes);  // a blob of them
  bool step();                       // true: a row. false: done, and reset for the next use
  void run() {
    while (step()) {
    }
  }
  // One row was written, or SqlError: a statement that quietly wrote none has not recorded anything.
  void run_one();
  void reset();
  std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(s_.get(), column); }
  bool null(int column) const noexcept { return sqlite3_column_type(s_.get(), column) == SQLITE_NULL; }
  std::string_view text(int column) const noexcept;
  std::span<std::uint8_t const> blob(int column) const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> s_;
  int next_ = 1;
};

}  // namespace tsg::store
