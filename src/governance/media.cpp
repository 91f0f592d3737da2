#include "governance/media.hpp"

#include <algorithm>

#include "json/utf8.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::governance {
namespace {

// No picture and no sound is that small; a card number is, and it is base64 too.
constexpr std::size_t kPayloadLeast = 64;
constexpr std::size_t kLooked = 512;  // of the decoded bytes

bool base64_char(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_';
}

bool payload(std::string_view text, std::size_t least = kPayloadLeast) noexcept {
  if (text.size() < least) return false;
  for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) text.remove_suffix(1);
  return std::ranges::all_of(text, base64_char);
}

bool textual(std::string_view type) noexcept {
  if (type.starts_with(';')) return true;  // RFC 2397: text/plain
  for (std::string_view const begin : {"text/", "application/json", "application/xml", "application/yaml",
                                       "application/x-yaml", "application/csv", "application/javascript"})
    if (type.size() >= begin.size() && iequals(type.substr(0, begin.size()), begin)) return true;
  return false;
}

bool plain(std::string_view bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size();) {
    auto const c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x80) {
      auto const step = json::utf8_step(bytes, i);
      if (!step.ok) return bytes.size() - i < 4;  // cut by us
      i += step.length;
      continue;
    }
    if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f')) return false;
    ++i;
  }
  return true;
}

std::string decoded(std::string_view base64) {
  std::string standard{base64};  // the alphabet of URLs as well, padded or not
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  while (standard.ends_with('=')) standard.pop_back();
  if (standard.size() % 4 == 1) standard.pop_back();  // bits of no byte, as those behind the last one
  auto const filled = (4 - standard.size() % 4) % 4;
  standard.append(filled, 'A');
  auto const bytes = from_base64(standard);
  if (!bytes) return {};
  return {bytes->begin(), bytes->end() - static_cast<std::ptrdiff_t>(filled)};
}

}  // namespace

std::optional<Inline> inline_media(std::string_view text, bool bare) {
  constexpr std::string_view scheme = "data:", encoding = ";base64";
  if (bare && payload(text)) return Inline{};
  if (text.size() < scheme.size() || !iequals(text.substr(0, scheme.size()), scheme)) return std::nullopt;
  auto const comma = text.find(',');
  if (comma == std::string_view::npos || comma < scheme.size() + encoding.size()) return std::nullopt;
  auto const head = text.substr(0, comma);
  if (!iequals(head.substr(head.size() - encoding.size()), encoding)) return std::nullopt;
  bool const is_text = textual(head.substr(scheme.size()));
  auto const body = text.substr(comma + 1);
  if (!payload(body, is_text ? 1 : kPayloadLeast)) return std::nullopt;
  return Inline{comma + 1, is_text, body.size() < kPayloadLeast};
}

std::optional<std::string> text_file(std::string_view payload, bool declared_text) {
  constexpr std::size_t chars = kLooked / 3 * 4;
  auto const first = decoded(payload.substr(0, std::min(chars, payload.size())));
  if (!declared_text && (first.empty() || !plain(first))) return std::nullopt;
  auto all = decoded(payload);
  if (all.empty()) return std::nullopt;
  return all;
}

}  // namespace tsg::governance
