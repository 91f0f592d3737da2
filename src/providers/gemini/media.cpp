#include "providers/gemini/media.hpp"

#include <algorithm>
#include <array>

#include "providers/data_url.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::array<std::string_view, 5> kImages{"image/png", "image/jpeg", "image/webp", "image/heic",
                                                  "image/heif"};
struct Format {
  std::string_view name, type;
};
constexpr std::array kAudio{Format{"wav", "audio/wav"},   Format{"mp3", "audio/mpeg"},
                            Format{"aac", "audio/aac"},   Format{"flac", "audio/flac"},
                            Format{"ogg", "audio/ogg"},   Format{"opus", "audio/ogg"},
                            Format{"aiff", "audio/aiff"}, Format{"m4a", "audio/mp4"}};
constexpr std::array kExtensions{
    Format{".png", "image/png"},       Format{".jpg", "image/jpeg"},  Format{".jpeg", "image/jpeg"},
    Format{".webp", "image/webp"},     Format{".heic", "image/heic"}, Format{".heif", "image/heif"},
    Format{".pdf", "application/pdf"}, Format{".txt", "text/plain"},  Format{".md", "text/markdown"},
    Format{".csv", "text/csv"},        Format{".html", "text/html"},  Format{".json", "application/json"}};

std::string_view type_by_extension(std::string_view name) {
  name = name.substr(0, name.find_first_of("?#"));
  for (auto const& [extension, type] : kExtensions)
    if (name.size() > extension.size() && iequals(name.substr(name.size() - extension.size()), extension))
      return type;
  return {};
}

std::string inline_data(std::string_view type, std::string_view base64) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("inlineData").begin_object();
  w.key("mimeType").string(type).key("data").string(base64).end_object().end_object();
  return out;
}

// The bytes know better than the sender: a wrong type is a 400 there, and so is the wide-spread "image/jpg".
std::string true_type(std::string declared, std::string_view base64) {
  if (auto const sniffed = sniff_media_type(base64); !sniffed.empty()) return std::string{sniffed};
  return declared == "image/jpg" ? "image/jpeg" : std::move(declared);
}

Result<std::string> remote(Part const& part, std::string const& url, Encoding const& e) {
  if (!url.starts_with("https://") || !e.rules.flag("remote_files", true))
    return unsupported(part.at + ".image_url.url",
                       url.starts_with("https://")
                           ? "must be a data: URL for this model"
                           : "must be an https: or a base64 data: URL for this provider");
  std::string out;
  json::Writer w{out};
  w.begin_object().key("fileData").begin_object();
  if (auto const type = type_by_extension(url); !type.empty()) w.key("mimeType").string(type);
  w.key("fileUri").string(url).end_object().end_object();
  return out;
}

Result<std::string> image(Part const& part, Encoding& e) {
  if (auto known = check_detail(part); !known) return known.error();
  if (auto const detail = text_of(part.detail); !detail.empty() && detail != "auto")
    note_dropped(e.dropped, "image_url.detail");
  auto const url = text_of(part.value);
  auto const data = parse_data_url(url);
  if (!data) return remote(part, url, e);
  auto const type = true_type(data->media_type, data->base64);
  if (std::ranges::find(kImages, type) == kImages.end())
    return unsupported(part.at + ".image_url.url", "must be PNG, JPEG, WebP, HEIC or HEIF for this provider");
  return inline_data(type, data->base64);
}

Result<std::string> audio(Part const& part) {
  auto const format = text_of(part.detail);
  auto const* known = std::ranges::find(kAudio, format, &Format::name);
  if (known == kAudio.end())
    return unsupported(part.at + ".input_audio.format",
                       "must be wav, mp3, aac, flac, ogg, opus, aiff or m4a");
  return inline_data(known->type, text_of(part.value));
}

Result<std::string> file(Part const& part) {
  if (!part.file_id.empty())
    return unsupported(part.at + ".file.file_id", "names a file stored elsewhere: send file_data");
  if (!is_string(part.value)) return wrong(part.at + ".file.file_data", "is required");
  auto const value = text_of(part.value);
  auto const data = parse_data_url(value);
  std::string_view const base64 = data ? data->base64 : std::string_view{value};
  auto type =
      true_type(data ? data->media_type : std::string{type_by_extension(text_of(part.detail))}, base64);
  bool const taken = type == "application/pdf" || type == "application/json" || type.starts_with("text/") ||
                     type.starts_with("audio/") || type.starts_with("video/") ||
                     std::ranges::find(kImages, type) != kImages.end();
  if (!taken)
    return unsupported(part.at + ".file.file_data",
                       "must be a PDF, text, an image, audio or video, with its type in a data: URL");
  return inline_data(type, base64);
}

}  // namespace

Result<std::string> media_part(Part const& part, Encoding& e) {
  switch (part.kind) {
    case Part::Kind::image:
      return image(part, e);
    case Part::Kind::audio:
      return audio(part);
    case Part::Kind::file:
      return file(part);
    default:
      return unsupported(part.at, "is of a kind that this provider does not take");
  }
}

}  // namespace tsg::providers::gemini
