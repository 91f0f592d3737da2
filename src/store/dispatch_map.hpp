// Which holds were on their way to a provider when the process died: a file of slots in shared memory. A
// store to it survives kill -9 without a system call; a power loss is recognised by the boot id, and then
// every open hold counts as dispatched.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "tsg/core/error.hpp"

namespace tsg::store {

class DispatchMap {
 public:
  static constexpr std::size_t kSlots =
      65'536;  // holds in flight at most; a hold id's low 16 bits are its slot

  // Reads what the last process left, then starts clean on the first clear().
  static Result<std::unique_ptr<DispatchMap>> open(std::filesystem::path const& file);
  ~DispatchMap();
  DispatchMap(DispatchMap const&) = delete;
  DispatchMap& operator=(DispatchMap const&) = delete;

  void mark(std::int64_t hold_id) noexcept {  // any thread
    slots_[static_cast<std::size_t>(hold_id) & (kSlots - 1)].store(hold_id, std::memory_order_relaxed);
  }
  // May the hold have been sent? True for all after another boot.
  bool may_be_dispatched(std::int64_t hold_id) const noexcept;
  void clear() noexcept;  // after recovery
  // The database is not the one this map was written beside: every open hold counts as dispatched.
  void distrust() noexcept { same_boot_ = false; }

  // Slots for new holds; writer thread only. -1: none free.
  int take_slot() noexcept;
  void give_slot(std::int64_t hold_id) noexcept;
  // Taken are those of these holds, and no others.
  void retake(std::vector<std::int64_t> const& hold_ids);

 private:
  struct Header {
    char magic[8];
    char boot_id[40];
    char reserved[16];
  };
  DispatchMap(void* memory, bool same_boot);
  void* memory_;
  std::atomic<std::int64_t>* slots_;
  bool same_boot_;
  std::vector<std::uint16_t> free_;  // last in, first out: few pages are ever touched
};

}  // namespace tsg::store
