// `data:` URLs (RFC 2397), the way clients send images and files inline.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tsg::conversation {

struct DataUrl {
  DataUrl() = default;
  std::string media_type;   // lower case, without parameters; "text/plain" where none is given
  std::string_view base64;  // payload, as written; part of the argument
};
// nullopt: not a data URL, or not base64.
std::optional<DataUrl> parse_data_url(std::string_view url);

// What is wrong with a payload that is sent inline, as the rest of "'file.file_data' …"; "" if nothing is, or
// if `text` is neither a base64 data URL nor, where `bare` payloads are taken too, one of those. Strict as
// RFC 4648 §3.3 asks: no blanks, no other alphabet, padded; what providers make of anything else differs.
std::string_view base64_problem(std::string_view text, bool bare);

// What the payload says it is, by its first bytes: image/png, image/jpeg, image/gif, image/webp,
// application/pdf; "" if none of these. Providers refuse a wrong declared type.
std::string_view sniff_media_type(std::string_view base64);

}  // namespace tsg::conversation
