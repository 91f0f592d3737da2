// Ids with types. Request ids are UUIDv7: they carry their time, so a record is found without an index.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"

namespace tsg {

// Of an organisation, a team within it, an environment: [a-z0-9-]{1,63}. Ids that differ in
// case or Unicode form cannot exist.
bool valid_id(std::string_view id) noexcept;

class RequestId {  // RFC 9562 UUIDv7
 public:
  RequestId() = default;
  explicit RequestId(std::array<std::uint8_t, 16> const& bytes) noexcept : bytes_{bytes} {}
  static std::optional<RequestId> parse(std::string_view text) noexcept;  // lower-case canonical form
  std::array<std::uint8_t, 16> const& bytes() const noexcept { return bytes_; }
  std::string text() const;
  void append_to(std::string& out) const;
  std::int64_t unix_ms() const noexcept;
  friend auto operator<=>(RequestId const&, RequestId const&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// One per worker (not thread-safe): random part from a buffer of RAND_bytes, monotone within a millisecond.
class RequestIdSource {
 public:
  RequestId next(WallTime now);

 private:
  std::array<std::uint8_t, 1024> pool_{};
  std::size_t used_ = sizeof(pool_);
  std::int64_t last_ms_ = 0;
  std::uint16_t counter_ = 0;
};

}  // namespace tsg
