// How many bytes of stored answers each organisation has, and which of them has to give way. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tsg::store {

// One may use what the others leave free. Where all is used the one with most gives way: so each can have its
// equal part, and what it has below that nobody takes.
class Shares {
 public:
  std::int64_t total() const noexcept { return total_; }
  std::int64_t of(std::string_view who) const {
    auto const at = bytes_.find(who);
    return at == bytes_.end() ? 0 : at->second;
  }
  // Negative: less.
  void add(std::string_view who, std::int64_t bytes) {
    auto at = bytes_.find(who);
    if (at == bytes_.end()) at = bytes_.emplace(who, 0).first;
    by_size_.erase({at->second, at->first});
    at->second += bytes;
    total_ += bytes;
    if (at->second > 0)
      by_size_.emplace(at->second, at->first);
    else
      bytes_.erase(at);
  }
  // The one with most once `who` has `more`; of several the last by name. "" and false: nobody has any.
  std::pair<std::string, bool> fullest(std::string_view who, std::int64_t more) const {
    if (by_size_.empty()) return {};
    auto const& [most, name] = *by_size_.rbegin();
    if (of(who) + more >= most) return {std::string{who}, true};
    return {name, true};
  }

 private:
  std::map<std::string, std::int64_t, std::less<>> bytes_;
  std::set<std::pair<std::int64_t, std::string>> by_size_;
  std::int64_t total_ = 0;
};

}  // namespace tsg::store
