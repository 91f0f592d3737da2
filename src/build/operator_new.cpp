// mimalloc's own operator new ends the process where no memory is left: written in C, it cannot throw. These
// do, so that one large request is refused and the others go on. Deleting stays mimalloc's, as malloc is.
#include <mimalloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// From here on mimalloc maps each block for itself, and unmaps it when it is freed: every page of it is a
// fault again, which costs several times what the work on it does. In pages of 2 MiB there are few. It is
// said of large blocks only, where rounding up to such a page does not count.
constexpr std::size_t kMapped = 16u << 20, kPage = 4096;

void* in_large_pages(void* block, std::size_t bytes) noexcept {
  if (bytes < kMapped || block == nullptr) return block;
  auto const begin = (reinterpret_cast<std::uintptr_t>(block) + kPage - 1) / kPage * kPage;
  auto const end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / kPage * kPage;
  (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a wish
  return block;
}

// Milliseconds until freed pages go back to the system. By default 25: between two large requests, so that
// each of them meets a fault for every page.
constexpr long kKept = 500;
[[gnu::constructor]] void keep_pages() {
  mi_option_set_default(mi_option_decommit_delay, kKept);
}

void* take(std::size_t bytes) noexcept {
  return in_large_pages(std::malloc(bytes == 0 ? 1 : bytes), bytes);
}

}  // namespace

void* operator new(std::size_t bytes) {
  if (void* p = take(bytes)) return p;
  throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes) {
  return ::operator new(bytes);
}
void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept {
  return take(bytes);
}
void* operator new[](std::size_t bytes, std::nothrow_t const&) noexcept {
  return take(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  auto const a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (bytes + a - 1) / a * a)) return p;
  throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return ::operator new(bytes, alignment);
}
