#include "providers/call_ids.hpp"

#include <array>
#include <cstdio>

namespace tsg::providers {

CallIds::CallIds(std::string_view answer_id) : stem_{"call_"} {
  constexpr std::size_t kStem = 20;
  if (auto const dash = answer_id.find('-'); dash != std::string_view::npos)
    answer_id.remove_prefix(dash + 1);
  std::string word;
  for (char const c : answer_id)
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) word += c;
  if (word.size() > kStem) word.erase(0, word.size() - kStem);  // of a UUIDv7 the random end
  stem_ += std::string(kStem - word.size(), '0') + word;
}

std::string CallIds::next() {
  std::array<char, 8> number{};
  std::snprintf(number.data(), number.size(), "%04x", count_++ & 0xffffu);
  return stem_ + number.data();
}

}  // namespace tsg::providers
