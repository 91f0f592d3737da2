#include "tsg/governance/network.hpp"

#include <charconv>

namespace tsg::governance {
namespace {

namespace ip = boost::asio::ip;

std::array<std::uint8_t, 16> bytes_of(ip::address const& a) noexcept {
  auto const v6 = a.is_v4() ? ip::make_address_v6(ip::v4_mapped, a.to_v4()) : a.to_v6();
  return v6.to_bytes();
}

bool bit(std::array<std::uint8_t, 16> const& bytes, unsigned i) noexcept {
  return bytes[i / 8] >> (7 - i % 8) & 1;
}

}  // namespace

bool Network::contains(ip::address const& address) const noexcept {
  auto const bytes = bytes_of(address);
  for (unsigned i = 0; i < bits / 8; ++i)
    if (bytes[i] != base[i]) return false;
  for (unsigned i = bits / 8 * 8; i < bits; ++i)
    if (bit(bytes, i) != bit(base, i)) return false;
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  auto const slash = text.find('/');
  boost::system::error_code ec;
  auto const address = ip::make_address(std::string{text.substr(0, slash)}, ec);
  if (ec || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  unsigned const width = address.is_v4() ? 32 : 128;
  unsigned bits = width;
  if (slash != text.npos) {
    auto const digits = text.substr(slash + 1);
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() || bits > width)
      return std::nullopt;
  }
  Network out;
  out.base = bytes_of(address);
  out.bits = bits + (128 - width);
  for (unsigned i = out.bits; i < 128; ++i)
    if (bit(out.base, i)) return std::nullopt;  // 10.0.0.1/8: which of the two was meant?
  return out;
}

}  // namespace tsg::governance
