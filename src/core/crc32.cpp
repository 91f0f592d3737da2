#include "tsg/core/crypto.hpp"

namespace tsg::crypto {
namespace {

// IEEE 802.3, reflected. One byte a step: the texts are 36 characters.
constexpr auto kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0u);
    table[i] = c;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32(std::string_view data) noexcept {
  std::uint32_t c = 0xffffffffu;
  for (char const ch : data) c = c >> 8 ^ kTable[(c ^ static_cast<unsigned char>(ch)) & 0xff];
  return ~c;
}

}  // namespace tsg::crypto
