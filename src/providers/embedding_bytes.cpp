#include "providers/embedding_bytes.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "tsg/core/bytes.hpp"

namespace tsg::providers {

std::string packed_floats(RawNode const& numbers) {
  Bytes bytes;
  bytes.reserve(numbers.members().size() * 4);
  for (auto const& element : numbers.members()) {
    auto const raw = numbers.raw(element);
    float value = 0;
    auto const [end, ec] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (ec == std::errc::invalid_argument || end != raw.data() + raw.size()) return {};
    auto const bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<std::uint8_t>(bits >> shift & 0xffu));
  }
  return to_base64(bytes);
}

std::string unpacked_floats(std::string_view base64) {
  auto const bytes = from_base64(base64);
  if (!bytes || bytes->empty() || bytes->size() % 4 != 0) return {};
  std::string out = "[";
  out.reserve(bytes->size() * 3);
  std::array<char, 32> text{};
  for (std::size_t i = 0; i < bytes->size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 4; k > 0; --k) bits = bits << 8 | (*bytes)[i + k - 1];
    auto const value = std::bit_cast<float>(bits);
    if (!std::isfinite(value)) return {};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    if (i != 0) out += ',';
    out.append(text.data(), end);
  }
  return out + "]";
}

}  // namespace tsg::providers
