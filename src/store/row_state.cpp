#include "store/row_state.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "store/row_bytes.hpp"

namespace tsg::store {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"holds ", " claims ", " uses "};
constexpr std::string_view kMac = " mac ";
constexpr std::size_t kMacBytes = 16;

crypto::SecretKey row_key(crypto::SecretKey const& record_key) {
  Digest const key = crypto::hkdf_sha256(record_key.bytes(), "tsg", "row state v1");
  return crypto::SecretKey{key};
}

std::uint64_t number_at(Digest const& bytes, std::size_t at) noexcept {
  std::uint64_t n = 0;
  std::memcpy(&n, bytes.data() + at, sizeof n);
  return n;
}

// Takes `name` and the number behind it from the front of `text`.
std::optional<std::int64_t> take(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  std::int64_t n = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return n;
}

}  // namespace

RowState::RowState(crypto::SecretKey const& record_key) : key_{row_key(record_key)} {}

RowState::Mac RowState::mac(Kind kind, std::string_view row) const {
  std::string bytes;
  bytes.reserve(row.size() + 16);
  put_number(bytes, static_cast<std::int64_t>(kind));
  bytes += row;
  Digest const both = crypto::hmac_sha256(key_.bytes(), as_bytes(bytes));
  Mac out;
  std::copy_n(both.begin(), out.shown.size(), out.shown.begin());
  std::copy_n(both.begin() + out.shown.size(), out.secret.size(), out.secret.begin());
  return out;
}

void RowState::count(Kind kind, Mac const& mac, int by) noexcept {
  counts_[kind] += by;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    std::uint64_t part = 0;
    std::memcpy(&part, mac.secret.data() + i * sizeof part, sizeof part);
    sum_[i] += by > 0 ? part : 0 - part;
  }
  changed_ = true;
}

std::optional<RowState::Told> RowState::parse(std::string_view text) {
  Told told;
  auto const at = text.rfind(kMac);
  if (at == std::string_view::npos) return std::nullopt;
  told.before_mac = text.substr(0, at);
  told.mac = text.substr(at + kMac.size());
  auto rest = told.before_mac;
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    auto const n = take(rest, kKinds[i]);
    if (!n) return std::nullopt;
    told.counts[i] = *n;
  }
  auto const size = take(rest, " size "), map = take(rest, " map ");
  constexpr std::string_view chain = " chain ";
  if (!size || !map || !rest.starts_with(chain)) return std::nullopt;
  told.size = *size;
  told.map = *map != 0;
  told.chain = rest.substr(chain.size());
  return told;
}

// A row's number is written before its bytes (mac()), a sum begins with a letter: neither is ever the other.
Digest RowState::whole(std::string_view before_mac, std::string_view meta) const {
  std::string bytes{before_mac};
  bytes += '\n';
  for (auto const part : sum_) put_number(bytes, static_cast<std::int64_t>(part));
  bytes += meta;
  return crypto::hmac_sha256(key_.bytes(), as_bytes(bytes));
}

RowState::Sealed RowState::seal(audit::ChainHead const& log, bool map, std::string_view meta) {
  Sealed out;
  auto& text = out.text;
  text.reserve(224);
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    text += kKinds[i];
    append_int(text, counts_[i]);
  }
  text += " size ";
  append_int(text, log.size);
  text += map ? " map 1 chain " : " map 0 chain ";
  append_hex(text, log.chain);
  Digest const all = whole(text, meta);
  text += kMac;
  append_hex(text, std::span{all}.first(kMacBytes));
  out.token = number_at(all, kMacBytes) | 1;
  changed_ = false;
  return out;
}

std::optional<std::uint64_t> RowState::fits(Told const& told, std::string_view meta) const {
  Digest const all = whole(told.before_mac, meta);
  auto const expected = to_hex(std::span{all}.first(kMacBytes));
  bool const same = told.counts == counts_ && crypto::equal(as_bytes(expected), as_bytes(told.mac));
  return same ? std::optional{number_at(all, kMacBytes) | 1} : std::nullopt;
}

}  // namespace tsg::store
