// Which holds were on their way to a provider when the process died: a file of slots in shared memory. A
// store to it survives kill -9 without a system call; a power loss is recognised by the boot id, and then
// every open hold counts as dispatched. What the slots say is keyed, so that nobody else can say it: a slot
// that was cleared is not one whose hold was never sent.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "tsg/core/crypto.hpp"
#include "tsg/core/error.hpp"

namespace tsg::store {

class DispatchMap {
 public:
  static constexpr std::size_t kSlots =
      65'536;  // holds in flight at most; a hold id's low 16 bits are its slot

  // Reads what the last process left, then starts clean on the first clear(). `record_key` makes what it
  // says.
  static Result<std::unique_ptr<DispatchMap>> open(std::filesystem::path const& file,
                                                   crypto::SecretKey const& record_key);
  ~DispatchMap();
  DispatchMap(DispatchMap const&) = delete;
  DispatchMap& operator=(DispatchMap const&) = delete;

  // What was found: nothing; one of an older build; one that this gateway did not write; one from before the
  // machine started again; one that can be believed.
  enum class Found : std::uint8_t { missing, older, foreign, other_boot, ours };
  Found found() const noexcept { return found_; }

  // The hold is made and not sent. Writer thread only, before its commit.
  void hold(std::int64_t hold_id) noexcept { slot(hold_id).store(words(hold_id).held, kRelaxed); }
  // Any thread. Does nothing to a slot that has another hold by now.
  void mark(std::int64_t hold_id) noexcept;
  enum class Sent : std::uint8_t { no, yes, unknown };  // unknown: it counts as sent
  Sent sent(std::int64_t hold_id) const noexcept;
  // Neither word of this gateway is where the hold should have one.
  bool silent_on(std::int64_t hold_id) const noexcept {
    return found_ == Found::ours && sent(hold_id) == Sent::unknown;
  }
  // The database is not the one this map was written beside: every open hold counts as dispatched.
  void distrust() noexcept { trusted_ = false; }

  // The state of the database (RowState) that a commit leads to, before it; and that it was reached. Who dies
  // between the two has one of both.
  void next_state(std::uint64_t token) noexcept { header().next.store(token, kRelaxed); }
  void state_reached() noexcept {
    auto& h = header();
    h.reached.store(h.next.load(kRelaxed), kRelaxed);
  }
  bool knows_state(std::uint64_t token) const noexcept {
    return header().next.load(kRelaxed) == token || header().reached.load(kRelaxed) == token;
  }
  void clear(std::uint64_t token) noexcept;  // after recovery, of this state

  // Slots for new holds; writer thread only. -1: none free.
  int take_slot() noexcept;
  void give_slot(std::int64_t hold_id) noexcept;
  // Taken are those of these holds, and no others.
  void retake(std::vector<std::int64_t> const& hold_ids);

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  struct Header {
    char magic[8];
    std::uint8_t boot[16];
    std::uint64_t boot_word;
    std::atomic<std::uint64_t> next, reached;
    char reserved[16];
  };
  struct Words {
    std::uint64_t held, sent;
  };
  DispatchMap(void* memory, crypto::SecretKey key, bool made);
  Words words(std::int64_t hold_id) const noexcept;
  std::uint64_t boot_word(std::uint8_t const* boot) const noexcept;
  Found look(bool made);
  Header& header() const noexcept { return *static_cast<Header*>(memory_); }
  std::atomic<std::uint64_t>& slot(std::int64_t hold_id) const noexcept {
    return slots_[static_cast<std::size_t>(hold_id) & (kSlots - 1)];
  }

  void* memory_;
  std::atomic<std::uint64_t>* slots_;
  crypto::SecretKey key_;
  Found found_ = Found::missing;
  bool trusted_ = true;
  std::vector<std::uint16_t> free_;  // last in, first out: few pages are ever touched
};

// For who has no key: is this the form of a dispatch map? An empty one was about to be made.
bool is_dispatch_map(std::filesystem::path const& file);

}  // namespace tsg::store
