#include "providers/data_url.hpp"

#include <array>

#include "tsg/core/bytes.hpp"

namespace tsg::providers {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
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

}  // namespace tsg::providers
