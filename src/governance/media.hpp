// Media sent inline: what of it content rules can read.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tsg::governance {

struct Inline {
  std::size_t head = 0;        // bytes before the payload: "data:image/png;base64,", 0 of a bare one
  bool declared_text = false;  // its type says so
  bool brief = false;          // too short to be sure that it is base64
};
// A base64 data: URL, or with `bare` a payload without one; nullopt: it is neither, or too short to be media
// (text files are of any length), and so a text like any other.
std::optional<Inline> inline_media(std::string_view text, bool bare);

// The payload decoded, if it is a text file: by its type, or by its first bytes.
std::optional<std::string> text_file(std::string_view payload, bool declared_text);

}  // namespace tsg::governance
