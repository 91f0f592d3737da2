#include "store/sqlite/data_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace tsg::store {
namespace {

constexpr mode_t kOwner = 0700, kOthers = 0077, kOthersWrite = 0022;

bool has_our_database(std::filesystem::path const& folder) noexcept {
  struct stat facts {};
  auto const file = folder / "tsg.db";
  return ::lstat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid();
}

}  // namespace

Result<> take_data_dir(std::filesystem::path const& folder) {
  auto const refuse = [&](std::string why) {
    return Error{Errc::internal, "data_dir " + folder.string() + " " + std::move(why)};
  };
  std::error_code ec;
  bool const made = std::filesystem::create_directories(folder, ec);
  if (ec) return refuse("cannot be created: " + ec.message());
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0)
    return refuse(std::string{"cannot be used: "} + std::strerror(errno));
  if (!made && (facts.st_mode & kOthers) == 0) return boost::system::in_place_value;
  if (!made) {
    std::string const way_out =
        "Give tsg a folder of its own, or, if nobody else needs this one: chmod 700 " + folder.string();
    if (facts.st_uid != ::geteuid())
      return refuse("belongs to another user and is open to others. " + way_out);
    if ((facts.st_mode & kOthersWrite) != 0) return refuse("can be written by others. " + way_out);
    bool const empty = std::filesystem::is_empty(folder, ec);
    if (ec) return refuse("cannot be read: " + ec.message());
    if (!empty && !has_our_database(folder)) return refuse("is open to others and not empty. " + way_out);
  }
  if (::chmod(folder.c_str(), kOwner) != 0)
    return refuse(std::string{"cannot be closed to others: "} + std::strerror(errno));
  return boost::system::in_place_value;
}

std::string odd_file(std::filesystem::path const& folder) {
  for (char const* name : {"tsg.db-journal", "tsg.db-wal", "tsg.db-shm", "dispatch.map", "tsg.lock"}) {
    auto const file = folder / name;
    struct ::stat facts {};
    if (::lstat(file.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) return file;
  }
  return {};
}

}  // namespace tsg::store
