// mimalloc's own operator new ends the process where no memory is left: written in C, it cannot throw. These
// do, so that one large request is refused and the others go on. Deleting stays mimalloc's, as malloc is.
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// Blocks of a large request are mapped for it and unmapped behind it. In pages of 2 MiB that is a five
// hundredth of the page faults, which cost more than what is done with the bytes.
void* large(void* block, std::size_t bytes) noexcept {
  constexpr std::size_t page = 2 << 20, least = 4 << 20;
  if (bytes < least) return block;
  auto const begin = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
  auto const end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // or small ones
  return block;
}

}  // namespace

void* operator new(std::size_t bytes) {
  if (void* p = std::malloc(bytes == 0 ? 1 : bytes)) return large(p, bytes);
  throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes) {
  return ::operator new(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  auto const a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (bytes + a - 1) / a * a)) return p;
  throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return ::operator new(bytes, alignment);
}
