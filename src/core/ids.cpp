#include "tsg/core/ids.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg {
namespace {

constexpr bool is_dash(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

bool valid_id(std::string_view id) noexcept {
  constexpr std::size_t longest = 63;
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void RequestId::append_to(std::string& out) const {
  constexpr char hex[] = "0123456789abcdef";
  char text[36];
  std::size_t at = 0;
  for (auto const b : bytes_) {
    if (is_dash(at)) text[at++] = '-';
    text[at++] = hex[b >> 4];
    text[at++] = hex[b & 15];
  }
  out.append(text, sizeof text);
}

std::string RequestId::text() const {
  std::string out;
  append_to(out);
  return out;
}

std::optional<RequestId> RequestId::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (is_dash(i)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    int const v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (v < 0) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>(bytes[nibble / 2] << 4 | v);
    ++nibble;
  }
  if ((bytes[6] >> 4) != 7 || (bytes[8] >> 6) != 2) return std::nullopt;
  return RequestId{bytes};
}

std::int64_t RequestId::unix_ms() const noexcept {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes_[i];
  return ms;
}

RequestId RequestIdSource::next(WallTime now) {
  constexpr std::size_t need = 10;
  if (used_ + need > pool_.size()) {
    crypto::random_bytes(pool_);
    used_ = 0;
  }
  std::array<std::uint8_t, 16> b{};
  std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(used_), need, b.begin() + 6);
  used_ += need;

  // RFC 9562 §6.2 method 1: a 12-bit counter in rand_a keeps ids of one millisecond in order. A clock that
  // steps back, or a full counter, borrows from the next millisecond.
  std::int64_t const ms = now.ms();
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = static_cast<std::uint16_t>((b[6] << 8 | b[7]) & 0x7ff);  // upper bit free: room to count
  } else if (++counter_ > 0xfff) {
    ++last_ms_;
    counter_ = 0;
  }
  for (std::size_t i = 0; i < 6; ++i) b[i] = static_cast<std::uint8_t>(last_ms_ >> (8 * (5 - i)));
  b[6] = static_cast<std::uint8_t>(0x70 | counter_ >> 8);
  b[7] = static_cast<std::uint8_t>(counter_);
  b[8] = static_cast<std::uint8_t>(0x80 | (b[8] & 0x3f));
  return RequestId{b};
}

}  // namespace tsg
