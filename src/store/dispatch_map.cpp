#include "store/dispatch_map.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

namespace tsg::store {
namespace {

constexpr char kMagic[9] = "tsgdisp1";

std::string boot_id() {
  std::ifstream in{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  std::getline(in, id);
  return id.substr(0, 39);
}

}  // namespace

Result<std::unique_ptr<DispatchMap>> DispatchMap::open(std::filesystem::path const& file) {
  static_assert(std::atomic<std::int64_t>::is_always_lock_free && sizeof(std::atomic<std::int64_t>) == 8);
  constexpr std::size_t size = sizeof(Header) + kSlots * 8;
  int const fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{Errc::internal, "cannot open " + file.string()};
  // Real blocks, now: on a full disk a store to a hole in the file would be SIGBUS.
  bool ok = ::posix_fallocate(fd, 0, size) == 0;
  void* memory = ok ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (memory == MAP_FAILED) return Error{Errc::internal, "cannot map " + file.string()};
  auto* header = static_cast<Header*>(memory);
  std::string const boot = boot_id();
  bool const same =
      std::memcmp(header->magic, kMagic, 8) == 0 && !boot.empty() && boot == std::string{header->boot_id};
  return std::unique_ptr<DispatchMap>{new DispatchMap{memory, same}};
}

DispatchMap::DispatchMap(void* memory, bool same_boot)
    : memory_{memory},
      slots_{reinterpret_cast<std::atomic<std::int64_t>*>(static_cast<char*>(memory) + sizeof(Header))},
      same_boot_{same_boot} {
  free_.reserve(kSlots);
  retake({});
}

DispatchMap::~DispatchMap() {
  ::munmap(memory_, sizeof(Header) + kSlots * 8);
}

bool DispatchMap::may_be_dispatched(std::int64_t hold_id) const noexcept {
  return !same_boot_ ||
         slots_[static_cast<std::size_t>(hold_id) & (kSlots - 1)].load(std::memory_order_relaxed) == hold_id;
}

void DispatchMap::clear() noexcept {
  for (std::size_t i = 0; i < kSlots; ++i)
    if (slots_[i].load(std::memory_order_relaxed) != 0) slots_[i].store(0, std::memory_order_relaxed);
  auto* header = static_cast<Header*>(memory_);
  std::memcpy(header->magic, kMagic, 8);
  std::string const boot = boot_id();
  std::memset(header->boot_id, 0, sizeof header->boot_id);
  std::memcpy(header->boot_id, boot.data(), boot.size());
  same_boot_ = true;
}

int DispatchMap::take_slot() noexcept {
  if (free_.empty()) return -1;
  int const slot = free_.back();
  free_.pop_back();
  return slot;
}

void DispatchMap::give_slot(std::int64_t hold_id) noexcept {
  free_.push_back(static_cast<std::uint16_t>(hold_id & (kSlots - 1)));
}

void DispatchMap::retake(std::vector<std::int64_t> const& hold_ids) {
  std::vector<bool> taken(kSlots, false);
  for (auto const id : hold_ids) taken[static_cast<std::size_t>(id) & (kSlots - 1)] = true;
  free_.clear();
  for (std::size_t i = kSlots; i-- > 0;)
    if (!taken[i]) free_.push_back(static_cast<std::uint16_t>(i));
}

}  // namespace tsg::store
