#include "providers/anthropic/blocks.hpp"

#include <algorithm>
#include <array>

#include "providers/data_url.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

constexpr std::array<std::string_view, 4> kImages{"image/jpeg", "image/png", "image/gif", "image/webp"};

// {"type":…,"source":{…}} with what the client asked to be cached.
std::string with_source(std::string_view type, std::string_view source, std::string_view title,
                        std::string_view cache_control) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string(type).key("source").raw(source);
  if (!title.empty()) w.key("title").raw(title);
  if (!cache_control.empty()) w.key("cache_control").raw(cache_control);
  w.end_object();
  return out;
}

std::string source_of(std::string_view type, std::string_view media_type, std::string_view data) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string(type).key("media_type").string(media_type);
  w.key("data").string(data).end_object();
  return out;
}

Result<std::string> image(Part const& part, std::vector<std::string>& dropped) {
  auto const url = text_of(part.value);
  auto const cached = cache_control_of(part.raw);
  if (auto known = check_detail(part); !known) return known.error();
  if (auto const detail = text_of(part.detail); !detail.empty() && detail != "auto")
    note_dropped(dropped, "image_url.detail");
  if (auto const inline_data = parse_data_url(url)) {
    // The declared type is the client's guess; a wrong one is refused (§1.4).
    std::string_view type = sniff_media_type(inline_data->base64);
    if (type.empty()) type = inline_data->media_type;
    if (type == "image/jpg") type = "image/jpeg";
    if (std::ranges::find(kImages, type) == kImages.end())
      return unsupported(part.at, "is no image that Anthropic takes: send JPEG, PNG, GIF or WebP");
    return with_source("image", source_of("base64", type, inline_data->base64), "", cached);
  }
  std::string_view const start = url;
  if (!iequals(start.substr(0, 7), "http://") && !iequals(start.substr(0, 8), "https://"))
    return Error{Errc::bad_request, "'" + part.at + "' must be an http(s) URL or a base64 data URL.",
                 part.at};
  std::string source = R"({"type":"url","url":)";
  source += part.value;
  source += '}';
  return with_source("image", source, "", cached);
}

Result<std::string> file(Part const& part) {
  if (part.value.empty())
    return unsupported(part.at,
                       "names a file kept by a provider, which the gateway cannot tell to be yours: send "
                       "`file_data`");
  auto const text = text_of(part.value);
  auto const cached = cache_control_of(part.raw);
  auto const url = parse_data_url(text);
  std::string_view const base64 = url ? url->base64 : std::string_view{text};
  std::string_view type = sniff_media_type(base64);
  if (type.empty() && url) type = url->media_type;
  if (type == "application/pdf")
    return with_source("document", source_of("base64", type, base64), part.detail, cached);
  if (type.starts_with("text/") || type == "application/json") {
    auto const bytes = from_base64(base64);
    if (bytes && !bytes->empty()) {
      std::string const plain{bytes->begin(), bytes->end()};
      return with_source("document", source_of("text", "text/plain", plain), part.detail, cached);
    }
  }
  return unsupported(part.at, "is no file that Anthropic takes: send a PDF or text as a base64 data URL");
}

}  // namespace

std::string cache_control_of(std::string_view raw_object) {
  if (raw_object.find("cache_control") == std::string_view::npos) return {};
  auto const node = RawNode::parse(raw_object);
  if (!node) return {};
  auto const raw = (*node)["cache_control"];
  return is_object(raw) ? std::string{raw} : std::string{};
}

void cache_as_asked(std::string_view raw_message, std::string& block) {
  auto const own = cache_control_of(raw_message);
  if (!own.empty() && cache_control_of(block).empty())
    block.insert(block.size() - 1, ",\"cache_control\":" + own);
}

std::string text_block(std::string_view raw_text, std::string_view cache_control) {
  std::string out = R"({"type":"text","text":)";
  out += raw_text;
  if (!cache_control.empty()) out.append(R"(,"cache_control":)").append(cache_control);
  out += '}';
  return out;
}

Result<std::string> block_of(Part const& part, std::vector<std::string>& dropped) {
  switch (part.kind) {
    case Part::Kind::text:
    case Part::Kind::refusal:
      return blank(part.value) ? std::string{} : text_block(part.value, cache_control_of(part.raw));
    case Part::Kind::image:
      return image(part, dropped);
    case Part::Kind::file:
      return file(part);
    case Part::Kind::audio:
      return unsupported(part.at, "is audio, which Anthropic's models do not take: send a transcript");
    case Part::Kind::other:
      break;
  }
  return unsupported(part.at,
                     "is of a kind that Anthropic's dialect does not know: send text, images or files");
}

}  // namespace tsg::providers::anthropic
