#include "providers/gemini/bare_text.hpp"

#include <algorithm>

namespace tsg::providers::gemini {

std::string_view BareText::split(std::string_view wire) {
  if (began_) {
    keep(wire);
    return {};
  }
  for (std::size_t i = 0; i < wire.size(); ++i) {
    char const c = wire[i];
    if (line_begins_ && (c == '{' || c == '[')) {
      began_ = true;
      keep(wire.substr(i));
      return wire.substr(0, i);
    }
    line_begins_ = c == '\n' || c == '\r';
    if (line_begins_) continue;
    auto const end = wire.find_first_of("\r\n", i);  // nothing else matters within a line
    if (end == std::string_view::npos) break;
    i = end - 1;
  }
  return wire;
}

void BareText::keep(std::string_view bytes) {
  text_ += bytes.substr(0, std::min(bytes.size(), kMax - text_.size()));
}

}  // namespace tsg::providers::gemini
