#include "store/dispatch_map.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <string>

#include "tsg/core/bytes.hpp"

namespace tsg::store {
namespace {

constexpr std::string_view kMagic = "tsgdisp2", kOlder = "tsgdisp1";
constexpr std::size_t kHeader = 64, kSize = kHeader + DispatchMap::kSlots * 8;

using Boot = std::array<std::uint8_t, 16>;

std::string boot_text() {
  std::ifstream in{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  std::getline(in, id);
  return id;
}

Boot boot_now() {
  auto text = boot_text();
  std::erase(text, '-');
  Boot out{};
  if (auto const bytes = from_hex(text); bytes && bytes->size() == out.size())
    std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::uint64_t word_at(Digest const& bytes, std::size_t at) noexcept {
  std::uint64_t n = 0;
  std::memcpy(&n, bytes.data() + at, sizeof n);
  return n | 1;  // never what an empty file has
}

Digest keyed(crypto::SecretKey const& key, char what, std::span<std::uint8_t const> value) {
  std::array<std::uint8_t, 17> bytes{static_cast<std::uint8_t>(what)};
  std::copy_n(value.begin(), std::min(value.size(), bytes.size() - 1), bytes.begin() + 1);
  return crypto::hmac_sha256(key.bytes(), std::span{bytes}.first(1 + value.size()));
}

// The entry of a new file in its folder: a power loss must not look as if somebody had removed it.
void sync_folder_of(std::filesystem::path const& file) {
  int const fd = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<std::unique_ptr<DispatchMap>> DispatchMap::open(std::filesystem::path const& file,
                                                       crypto::SecretKey const& record_key) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);
  static_assert(sizeof(Header) == kHeader);
  std::error_code ec;
  bool const made = !std::filesystem::exists(std::filesystem::symlink_status(file, ec));
  int const fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return Error{Errc::internal, "cannot open " + file.string() + ": " + std::strerror(errno)};
  struct ::stat facts {};
  bool ok = ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
  // Real blocks, now: on a full disk a store to a hole in the file would be SIGBUS.
  ok = ok && ::posix_fallocate(fd, 0, kSize) == 0;
  void* memory = ok ? ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (memory == MAP_FAILED) return Error{Errc::internal, "cannot map " + file.string()};
  if (made) sync_folder_of(file);
  Digest const key = crypto::hkdf_sha256(record_key.bytes(), "tsg", "dispatch map v1");
  return std::unique_ptr<DispatchMap>{new DispatchMap{memory, crypto::SecretKey{key}, made}};
}

DispatchMap::DispatchMap(void* memory, crypto::SecretKey key, bool made)
    : memory_{memory},
      slots_{reinterpret_cast<std::atomic<std::uint64_t>*>(static_cast<char*>(memory) + sizeof(Header))},
      key_{std::move(key)},
      found_{look(made)} {
  free_.reserve(kSlots);
  retake({});
}

DispatchMap::~DispatchMap() {
  ::munmap(memory_, kSize);
}

DispatchMap::Words DispatchMap::words(std::int64_t hold_id) const noexcept {
  std::array<std::uint8_t, 8> id{};
  std::memcpy(id.data(), &hold_id, id.size());
  auto const both = keyed(key_, 'h', id);
  return {word_at(both, 0), word_at(both, 8)};
}

std::uint64_t DispatchMap::boot_word(std::uint8_t const* boot) const noexcept {
  return word_at(keyed(key_, 'b', {boot, 16}), 0);
}

DispatchMap::Found DispatchMap::look(bool made) {
  if (made) return Found::missing;
  auto const& h = header();
  auto const boot = boot_now();
  std::string_view const magic{h.magic, kMagic.size()};
  if (magic == kOlder) {  // its slots had the ids of the holds that were sent, and its boot id was text
    auto const text = boot_text().substr(0, 36);
    auto const* found = static_cast<char const*>(memory_) + kOlder.size();
    trusted_ = !text.empty() && std::string_view(found, text.size()) == text;
    return Found::older;
  }
  if (magic != kMagic || h.boot_word != boot_word(h.boot)) return Found::foreign;
  bool const same = boot != Boot{} && std::equal(boot.begin(), boot.end(), h.boot);
  return same ? Found::ours : Found::other_boot;
}

void DispatchMap::mark(std::int64_t hold_id) noexcept {
  auto const w = words(hold_id);
  auto expected = w.held;
  slot(hold_id).compare_exchange_strong(expected, w.sent, kRelaxed);
}

DispatchMap::Sent DispatchMap::sent(std::int64_t hold_id) const noexcept {
  auto const there = slot(hold_id).load(kRelaxed);
  if (!trusted_) return Sent::unknown;
  if (found_ == Found::older) return there == static_cast<std::uint64_t>(hold_id) ? Sent::yes : Sent::no;
  if (found_ != Found::ours) return Sent::unknown;
  auto const w = words(hold_id);
  return there == w.sent ? Sent::yes : there == w.held ? Sent::no : Sent::unknown;
}

void DispatchMap::clear(std::uint64_t token) noexcept {
  for (std::size_t i = 0; i < kSlots; ++i)
    if (slots_[i].load(kRelaxed) != 0) slots_[i].store(0, kRelaxed);
  auto& h = header();
  auto const boot = boot_now();
  std::copy(kMagic.begin(), kMagic.end(), h.magic);
  std::copy(boot.begin(), boot.end(), h.boot);
  h.boot_word = boot_word(h.boot);
  h.next.store(token, kRelaxed);
  h.reached.store(token, kRelaxed);
  std::fill(std::begin(h.reserved), std::end(h.reserved), '\0');
  (void)::msync(memory_, kHeader, MS_SYNC);  // after a power loss it must not look like a foreign one
  found_ = Found::ours;
  trusted_ = true;
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

bool is_dispatch_map(std::filesystem::path const& file) {
  std::ifstream in{file, std::ios::binary};
  std::array<char, kHeader> head{};
  if (!in.read(head.data(), head.size())) return false;
  std::string_view const magic{head.data(), kMagic.size()};
  std::error_code ec;
  bool const empty = std::all_of(head.begin(), head.end(), [](char c) { return c == 0; });
  return std::filesystem::file_size(file, ec) == kSize && (magic == kMagic || magic == kOlder || empty);
}

}  // namespace tsg::store
