#include "store/sqlite/wal_vfs.hpp"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "store/sqlite/db.hpp"
#include "tsg/core/log.hpp"

namespace tsg::store {
namespace {

// A larger transaction is written in several. unixWrite() of SQLite takes no more than 131,071 bytes at a
// time: of 131,072 it writes none, and says that the disk is full.
constexpr std::size_t kGatherMax = 128 * 1024 - 1;
constexpr int kLogHeader = 32, kFrameHeader = 24;
constexpr std::size_t kDatabaseSize = 4;  // where in it; not zero in the last frame of a transaction

// Only what follows the write before it is gathered: the frames of one transaction. SQLite also goes back (a
// page that was written early and changed again, checksums after it, a log begun anew): that goes straight to
// the file.
struct Gathered {
  std::vector<char> bytes;
  sqlite3_int64 at = 0;        // of their first
  sqlite3_int64 page_at = -1;  // where the page of the last header begins
  bool last_frame = false;     // that header's
  bool sync_spared = false;    // the next one, of a log's header that followed none

  sqlite3_int64 end() const noexcept { return at + static_cast<sqlite3_int64>(bytes.size()); }
  void look_at(char const* data, int size, sqlite3_int64 where) noexcept {
    if (size != kFrameHeader || where == page_at) return;  // a page may come in two parts, at a sync
    static constexpr char kNone[4] = {};
    last_frame = std::memcmp(data + kDatabaseSize, kNone, sizeof kNone) != 0;
    page_at = where + kFrameHeader;
  }
  bool complete(sqlite3_int64 where) const noexcept { return last_frame && where >= page_at; }
};

// What SQLite knows as a file: its own part, ours, and behind it the file of the VFS below.
struct LogFile {
  sqlite3_file base;
  Gathered* gathered;
  sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
  sqlite3_io_methods const& below() noexcept { return *real()->pMethods; }
};

LogFile& of(sqlite3_file* f) noexcept {
  return *reinterpret_cast<LogFile*>(f);
}

// All of it or an error. After one nothing is left here, so that it must end the whole transaction: as any
// error of a write or a sync does. Of a read only SQLITE_IOERR does; others may end a statement alone.
int write_out(LogFile& file) noexcept {
  auto& g = *file.gathered;
  if (g.bytes.empty()) return SQLITE_OK;
  int const rc = file.below().xWrite(file.real(), g.bytes.data(), static_cast<int>(g.bytes.size()), g.at);
  g.at = g.end();
  g.bytes.clear();
  return rc;
}

// Was the log emptied? Of a file that ends before its header that is not known.
bool emptied(LogFile& file) noexcept {
  char begin[4];  // a header begins with SQLite's magic number
  static constexpr char kNone[4] = {};
  return file.below().xRead(file.real(), begin, sizeof begin, 0) == SQLITE_OK &&
         std::memcmp(begin, kNone, sizeof kNone) == 0;
}

int write(sqlite3_file* f, void const* data, int size, sqlite3_int64 at) noexcept {
  auto& file = of(f);
  auto& g = *file.gathered;
  g.sync_spared = at == 0 && size == kLogHeader && emptied(file);
  auto const* const bytes = static_cast<char const*>(data);
  auto const n = static_cast<std::size_t>(size);
  bool const follows = at == g.end();
  if (!follows || g.bytes.size() + n > kGatherMax) {
    int const rc = write_out(file);
    if (rc != SQLITE_OK) return rc;
  }
  g.look_at(bytes, size, at);
  if (!follows || n > kGatherMax) {
    g.at = at + size;
    return file.below().xWrite(file.real(), data, size, at);
  }
  g.bytes.insert(g.bytes.end(), bytes, bytes + n);  // within what was reserved
  return g.complete(at) ? write_out(file) : SQLITE_OK;
}

// Pages of the running transaction that did not fit SQLite's cache.
int read(sqlite3_file* f, void* into, int size, sqlite3_int64 at) noexcept {
  auto& file = of(f);
  auto const& g = *file.gathered;
  if (at >= g.at && at + size <= g.end()) {
    std::memcpy(into, g.bytes.data() + (at - g.at), static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  if (at < g.end() && at + size > g.at && write_out(file) != SQLITE_OK) return SQLITE_IOERR_WRITE;
  return file.below().xRead(file.real(), into, size, at);
}

// The rest of an interface: what comes here writes first, or has nothing to do with the bytes.
template <auto Method, class... Args>
int after_writing(sqlite3_file* f, Args... args) noexcept {
  auto& file = of(f);
  int const rc = write_out(file);
  return rc == SQLITE_OK ? (file.below().*Method)(file.real(), args...) : rc;
}
template <auto Method, class... Args>
int forward(sqlite3_file* f, Args... args) noexcept {
  return (of(f).below().*Method)(of(f).real(), args...);
}

// SQLite syncs the header of a log that it begins anew before it overwrites the first frame: the old header
// over some of the old frames would bring back old pages. After emptying there is no old header.
int sync(sqlite3_file* f, int flags) noexcept {
  auto& file = of(f);
  if (std::exchange(file.gathered->sync_spared, false)) return SQLITE_OK;
  return after_writing<&sqlite3_io_methods::xSync, int>(f, flags);
}

// To nothing, as a checkpoint does that has copied all and keeps everybody out: the header goes, durably, and
// the blocks stay. Giving them back to the file system and taking them again costs tens of milliseconds.
int truncate(sqlite3_file* f, sqlite3_int64 size) noexcept {
  auto& file = of(f);
  sqlite3_int64 now = 0;
  if (size == 0 && file.below().xFileSize(file.real(), &now) == SQLITE_OK && now >= kLogHeader) {
    file.gathered->bytes.clear();  // rolled back, or it would be in the log
    static constexpr char kNone[kLogHeader] = {}, kUnknown[1] = {'?'};
    int rc = file.below().xWrite(file.real(), kNone, kLogHeader, 0);
    if (rc == SQLITE_OK) rc = file.below().xSync(file.real(), SQLITE_SYNC_NORMAL);
    if (rc != SQLITE_OK) (void)file.below().xWrite(file.real(), kUnknown, 1, 0);  // the next header is synced
    return rc;
  }
  return after_writing<&sqlite3_io_methods::xTruncate, sqlite3_int64>(f, size);
}

// What is left was rolled back: a commit never leaves anything.
int close(sqlite3_file* f) noexcept {
  auto& file = of(f);
  delete file.gathered;
  return file.below().xClose(file.real());
}

sqlite3_io_methods methods() {
  using M = sqlite3_io_methods;
  sqlite3_io_methods m{};
  m.iVersion = 1;  // shared memory and mappings belong to the database's own file
  m.xClose = &close;
  m.xRead = &read;
  m.xWrite = &write;
  m.xTruncate = &truncate;
  m.xSync = &sync;
  m.xFileSize = &after_writing<&M::xFileSize, sqlite3_int64*>;
  m.xLock = &forward<&M::xLock, int>;
  m.xUnlock = &forward<&M::xUnlock, int>;
  m.xCheckReservedLock = &forward<&M::xCheckReservedLock, int*>;
  m.xFileControl = &forward<&M::xFileControl, int, void*>;
  m.xSectorSize = &forward<&M::xSectorSize>;
  m.xDeviceCharacteristics = &forward<&M::xDeviceCharacteristics>;
  return m;
}

struct Vfs {
  std::string name;
  sqlite3_vfs* below;
  sqlite3_vfs vfs;
};

int open(sqlite3_vfs* vfs, char const* name, sqlite3_file* f, int flags, int* out_flags) noexcept {
  static sqlite3_io_methods const log_methods = methods();
  auto* const below = static_cast<Vfs*>(vfs->pAppData)->below;
  if ((flags & SQLITE_OPEN_WAL) == 0) return below->xOpen(below, name, f, flags, out_flags);
  auto* const file = new (f) LogFile{};
  file->gathered = new (std::nothrow) Gathered;
  if (file->gathered == nullptr) return SQLITE_NOMEM;
  try {
    file->gathered->bytes.reserve(kGatherMax);
  } catch (std::bad_alloc const&) {
    delete file->gathered;
    return SQLITE_NOMEM;
  }
  int const rc = below->xOpen(below, name, file->real(), flags, out_flags);
  if (rc != SQLITE_OK) {
    if (file->real()->pMethods != nullptr) (void)file->below().xClose(file->real());
    delete file->gathered;
    return rc;
  }
  file->base.pMethods = &log_methods;
  return rc;
}

}  // namespace

std::string wal_vfs(std::string const& base) {
  configure_sqlite();
  auto* const below = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (below == nullptr) return base;  // opening will say that there is none
  static std::mutex mutex;
  static auto& made =
      *new std::map<std::string, std::unique_ptr<Vfs>>;  // SQLite points into it until the end
  std::lock_guard const lock{mutex};
  if (auto const it = made.find(below->zName); it != made.end()) return it->second->name;
  auto vfs = std::make_unique<Vfs>();
  vfs->name = std::string{"tsg-wal-"} + below->zName;
  vfs->below = below;
  vfs->vfs = *below;
  vfs->vfs.zName = vfs->name.c_str();
  vfs->vfs.pNext = nullptr;
  vfs->vfs.pAppData = vfs.get();
  vfs->vfs.szOsFile = static_cast<int>(sizeof(LogFile)) + below->szOsFile;
  vfs->vfs.xOpen = &open;
  if (int const rc = sqlite3_vfs_register(&vfs->vfs, 0); rc != SQLITE_OK) {
    log::error("SQLite: {} cannot be registered: {}", {vfs->name, sqlite3_errstr(rc)});
    return base;
  }
  return made.emplace(below->zName, std::move(vfs)).first->second->name;
}

}  // namespace tsg::store
