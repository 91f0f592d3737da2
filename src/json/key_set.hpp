// The keys of the objects that are open while a text is scanned, to find one that an object has twice
// (JSON-3). Never quadratic: beyond a handful the keys are sorted, by hash and then by what they say, so that
// colliding keys cost no more than others.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tsg::json {

class KeySet {
 public:
  std::size_t size() const noexcept { return keys_.size(); }

  // `key` must stay where it is until clear().
  void add(std::string_view key) { keys_.push_back({hash(key), key.data(), key.size()}); }

  // Takes back the keys from `first` on; whether two of them were equal.
  bool close(std::size_t first) {
    auto const begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
    bool const twice = has_twice(begin, keys_.end());
    keys_.erase(begin, keys_.end());
    return twice;
  }

  void clear() {
    keys_.clear();
    if (keys_.capacity() > kept_max) std::vector<Key>{}.swap(keys_);
  }

 private:
  static constexpr std::size_t few = 16, kept_max = 4096;
  struct Key {
    std::uint64_t hash;
    char const* data;
    std::size_t size;
    std::string_view text() const noexcept { return {data, size}; }
  };
  using It = std::vector<Key>::iterator;

  static std::uint64_t hash(std::string_view key) noexcept {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15ULL;
    std::uint64_t h = key.size() * factor;
    auto const* p = key.data();
    auto left = key.size();
    for (; left >= 8; left -= 8, p += 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      h = (h ^ word) * factor;
      h ^= h >> 29;
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < left; ++i) word = word << 8 | static_cast<unsigned char>(p[i]);
    h = (h ^ word) * factor;
    return h ^ h >> 32;
  }

  static bool has_twice(It begin, It end) {
    if (static_cast<std::size_t>(end - begin) <= few) {
      for (auto a = begin; a != end; ++a)
        for (auto b = begin; b != a; ++b)
          if (a->hash == b->hash && a->text() == b->text()) return true;
      return false;
    }
    std::sort(begin, end, [](Key const& a, Key const& b) {
      return a.hash != b.hash ? a.hash < b.hash : a.text() < b.text();
    });
    return std::adjacent_find(begin, end, [](Key const& a, Key const& b) {
             return a.hash == b.hash && a.text() == b.text();
           }) != end;
  }

  std::vector<Key> keys_;
};

}  // namespace tsg::json
