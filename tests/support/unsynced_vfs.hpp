// A disk that forgets: a SQLite VFS over the default one that keeps, for every file, what it held at its last
// xSync. power_loss() puts every file back to that, and refuses all I/O afterwards. fill_up() makes every
// write fail with SQLITE_FULL; other failures have methods of their own. Folder entries and deletions count
// as durable at once.
#pragma once
#include <sqlite3.h>

#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tsg::test {

class UnsyncedVfs {
 public:
  static constexpr char const* kName = "tsg-unsynced";
  static UnsyncedVfs& instance() {
    static UnsyncedVfs vfs;
    return vfs;
  }
  void fill_up(bool full, bool half = false) {  // half: the first half of a write still fits
    std::lock_guard const lock{mutex_};
    full_ = full;
    half_ = half;
  }
  // The nth write from here on fails, and none after it.
  void fail_write(int nth, int code = SQLITE_FULL) {
    std::lock_guard const lock{mutex_};
    failing_ = nth;
    code_ = code;
  }
  void fail_syncs(bool fail) {
    std::lock_guard const lock{mutex_};
    no_syncs_ = fail;
  }
  void fail_opening(bool fail) {  // as without descriptors
    std::lock_guard const lock{mutex_};
    no_opening_ = fail;
  }
  void power_loss() {
    std::lock_guard const lock{mutex_};
    dead_ = true;
    for (auto const& [path, image] : images_) {
      std::ofstream out{path, std::ios::binary | std::ios::trunc};
      out.write(image.data(), static_cast<std::streamsize>(image.size()));
    }
  }
  // Another disk from here on: for the next test of the same process.
  void replace() {
    std::lock_guard const lock{mutex_};
    dead_ = false;
    images_.clear();
  }
  int syncs() {
    std::lock_guard const lock{mutex_};
    return syncs_;
  }
  int writes() {
    std::lock_guard const lock{mutex_};
    return writes_;
  }

 private:
  struct File {
    sqlite3_file base;
    UnsyncedVfs* vfs;
    std::string* path;  // null: a temporary file, not tracked
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File& of(sqlite3_file* f) { return *reinterpret_cast<File*>(f); }

  UnsyncedVfs() : real_{sqlite3_vfs_find(nullptr)}, vfs_{*real_} {
    vfs_.zName = kName;
    vfs_.pNext = nullptr;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &open;
    vfs_.xDelete = &remove;
    methods_.iVersion = 2;  // no memory mapping: every write is seen here
    methods_.xClose = [](sqlite3_file* f) {
      delete of(f).path;
      return of(f).real()->pMethods->xClose(of(f).real());
    };
    methods_.xRead = [](sqlite3_file* f, void* p, int n, sqlite3_int64 at) {
      return of(f).real()->pMethods->xRead(of(f).real(), p, n, at);
    };
    methods_.xWrite = [](sqlite3_file* f, void const* p, int n, sqlite3_int64 at) {
      auto& v = *of(f).vfs;
      std::lock_guard const lock{v.mutex_};
      if (v.dead_) return SQLITE_IOERR_WRITE;
      if (v.failing_ > 0 && --v.failing_ == 0) return v.code_;
      if (v.full_) {
        if (v.half_) of(f).real()->pMethods->xWrite(of(f).real(), p, n / 2, at);
        return SQLITE_FULL;
      }
      ++v.writes_;
      return of(f).real()->pMethods->xWrite(of(f).real(), p, n, at);
    };
    methods_.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      auto& v = *of(f).vfs;
      std::lock_guard const lock{v.mutex_};
      if (v.dead_) return SQLITE_IOERR_TRUNCATE;
      return of(f).real()->pMethods->xTruncate(of(f).real(), size);
    };
    methods_.xSync = [](sqlite3_file* f, int flags) {
      auto& v = *of(f).vfs;
      std::lock_guard const lock{v.mutex_};
      if (v.dead_ || v.no_syncs_) return SQLITE_IOERR_FSYNC;
      int const rc = of(f).real()->pMethods->xSync(of(f).real(), flags);
      if (rc == SQLITE_OK && of(f).path != nullptr) v.images_[*of(f).path] = content(of(f).real());
      ++v.syncs_;
      return rc;
    };
    methods_.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) {
      return of(f).real()->pMethods->xFileSize(of(f).real(), n);
    };
    methods_.xLock = [](sqlite3_file* f, int n) { return of(f).real()->pMethods->xLock(of(f).real(), n); };
    methods_.xUnlock = [](sqlite3_file* f, int n) {
      return of(f).real()->pMethods->xUnlock(of(f).real(), n);
    };
    methods_.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return of(f).real()->pMethods->xCheckReservedLock(of(f).real(), out);
    };
    methods_.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return of(f).real()->pMethods->xFileControl(of(f).real(), op, arg);
    };
    methods_.xSectorSize = [](sqlite3_file* f) { return of(f).real()->pMethods->xSectorSize(of(f).real()); };
    methods_.xDeviceCharacteristics = [](sqlite3_file*) { return 0; };  // promises nothing
    methods_.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** p) {
      return of(f).real()->pMethods->xShmMap(of(f).real(), page, size, extend, p);
    };
    methods_.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return of(f).real()->pMethods->xShmLock(of(f).real(), offset, n, flags);
    };
    methods_.xShmBarrier = [](sqlite3_file* f) { of(f).real()->pMethods->xShmBarrier(of(f).real()); };
    methods_.xShmUnmap = [](sqlite3_file* f, int remove) {
      return of(f).real()->pMethods->xShmUnmap(of(f).real(), remove);
    };
    sqlite3_vfs_register(&vfs_, 0);
  }

  static std::vector<char> content(sqlite3_file* real) {
    sqlite3_int64 size = 0;
    real->pMethods->xFileSize(real, &size);
    std::vector<char> out(static_cast<std::size_t>(size));
    if (size > 0) real->pMethods->xRead(real, out.data(), static_cast<int>(size), 0);
    return out;
  }
  static int open(sqlite3_vfs*, char const* name, sqlite3_file* f, int flags, int* out_flags) {
    auto& v = instance();
    auto* file = new (f) File{};
    {
      std::lock_guard const lock{v.mutex_};
      if (v.no_opening_) return SQLITE_CANTOPEN;
    }
    int const rc = v.real_->xOpen(v.real_, name, file->real(), flags, out_flags);
    if (rc != SQLITE_OK) return rc;
    file->base.pMethods = &v.methods_;
    file->vfs = &v;
    if (name == nullptr) return rc;
    file->path = new std::string{name};
    std::lock_guard const lock{v.mutex_};
    v.images_.try_emplace(*file->path, content(file->real()));
    return rc;
  }
  static int remove(sqlite3_vfs*, char const* name, int sync_folder) {
    auto& v = instance();
    std::lock_guard const lock{v.mutex_};
    if (v.dead_) return SQLITE_IOERR_DELETE;
    v.images_.erase(name);
    return v.real_->xDelete(v.real_, name, sync_folder);
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  sqlite3_io_methods methods_{};
  std::mutex mutex_;
  std::map<std::string, std::vector<char>> images_;  // by path, as of the last sync
  bool dead_ = false, full_ = false, half_ = false, no_syncs_ = false, no_opening_ = false;
  int syncs_ = 0, writes_ = 0, failing_ = 0, code_ = SQLITE_FULL;
};

}  // namespace tsg::test
