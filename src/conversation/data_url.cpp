#include "tsg/conversation/data_url.hpp"

#include <array>

#include "tsg/core/bytes.hpp"

namespace tsg::conversation {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Alphabet and padding; nothing is decoded. One pass without branches, which compilers make vectors of: a
// payload of megabytes costs less than its parse did.
bool is_base64(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return false;
  for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) text.remove_suffix(1);
  unsigned bad = 0;
  for (char const c : text) {
    auto const u = static_cast<unsigned char>(c);
    unsigned const letter = static_cast<unsigned char>((u | 0x20) - 'a') < 26;
    unsigned const digit = static_cast<unsigned char>(u - '0') < 10;
    bad |= (letter | digit | (u == '+') | (u == '/')) ^ 1U;
  }
  return bad == 0;
}

}  // namespace

std::optional<DataUrl> parse_data_url(std::string_view url) {
  if (url.size() < 5 || !iequals(url.substr(0, 5), "data:")) return std::nullopt;
  url.remove_prefix(5);
  auto const comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  auto const head = url.substr(0, comma);
  constexpr std::string_view kBase64 = ";base64";
  if (head.size() < kBase64.size() || !iequals(head.substr(head.size() - kBase64.size()), kBase64))
    return std::nullopt;
  DataUrl out;
  out.media_type = lower(head.substr(0, head.find(';')));
  if (out.media_type.empty()) out.media_type = "text/plain";
  out.base64 = url.substr(comma + 1);
  return out;
}

std::string_view base64_problem(std::string_view text, bool bare) {
  if (iequals(text.substr(0, 5), "data:")) {
    auto const url = parse_data_url(text);
    if (!url) return {};
    text = url->base64;
  } else if (!bare) {
    return {};
  }
  if (text.empty()) return "holds no data";
  if (is_base64(text)) return {};
  return "is not base64: the alphabet of RFC 4648 §4, padded with '=', without blanks and line feeds";
}

// Base64 keeps prefixes of whole triples, so that comparing the text is enough.
std::string_view sniff_media_type(std::string_view base64) {
  struct Magic {
    std::string_view prefix, type;
  };
  static constexpr std::array kMagic{Magic{"iVBORw0KGgo", "image/png"}, Magic{"/9j/", "image/jpeg"},
                                     Magic{"R0lGOD", "image/gif"}, Magic{"JVBERi0", "application/pdf"}};
  for (auto const& m : kMagic)
    if (base64.starts_with(m.prefix)) return m.type;
  // RIFF, four bytes of length, WEBP: the tag stands at byte 8, not on a triple.
  if (base64.starts_with("UklGR") && base64.size() >= 16)
    if (auto const head = from_base64(base64.substr(0, 16)); head && head->size() == 12)
      if (std::string_view{reinterpret_cast<char const*>(head->data()) + 8, 4} == "WEBP") return "image/webp";
  return {};
}

}  // namespace tsg::conversation
