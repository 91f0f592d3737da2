// Rows that no record names yet, or never will: open holds, claims, when keys were used. A keyed sum over all
// of them stands in `meta`, written in each transaction, so that the next start knows them from rows that
// somebody else wrote, and knows when one is gone. src/audit/FORMAT.md is the page of the bytes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/audit/chain.hpp"

namespace tsg::store {

inline constexpr char kRowState[] = "rows_state";  // its name in `meta`

class RowState {
 public:
  enum Kind : std::size_t { hold, claim, use };  // an order; frozen
  using Counts = std::array<std::int64_t, 3>;
  // Two halves of one HMAC. The first may stand beside the row. The second never leaves the process: who
  // knew it of several rows could find others with the same sum.
  struct Mac {
    std::array<std::uint8_t, 16> shown{}, secret{};
    bool is(std::span<std::uint8_t const> found) const noexcept { return crypto::equal(shown, found); }
  };

  explicit RowState(crypto::SecretKey const& record_key);

  Mac mac(Kind kind, std::string_view row) const;
  void add(Kind kind, Mac const& mac) noexcept { count(kind, mac, 1); }
  void drop(Kind kind, Mac const& mac) noexcept { count(kind, mac, -1); }
  Counts const& counts() const noexcept { return counts_; }
  bool changed() const noexcept { return changed_; }

  // What stands in `meta`: how many rows, at which end of the log, and whether a dispatch map had been made.
  struct Told {
    Counts counts{};
    std::int64_t size = 0;
    std::string chain;  // hex
    bool map = false;
    std::string_view before_mac, mac;  // of the text that was parsed
  };
  static std::optional<Told> parse(std::string_view text);
  struct Sealed {
    std::string text;
    std::uint64_t token = 0;  // for the dispatch map: names this very state, never zero
  };
  // `meta`: its other rows, as bytes. Nothing is changed any more after it.
  Sealed seal(audit::ChainHead const& log, bool map, std::string_view meta);
  // The token, if these rows are those that were left; absent: they are not.
  std::optional<std::uint64_t> fits(Told const& told, std::string_view meta) const;

 private:
  void count(Kind kind, Mac const& mac, int by) noexcept;
  Digest whole(std::string_view before_mac, std::string_view meta) const;

  crypto::SecretKey key_;
  Counts counts_{};
  std::array<std::uint64_t, 2> sum_{};
  bool changed_ = true;
};

}  // namespace tsg::store
