// Gemini may break into an event stream with bare JSON, `{"error":…}` over several lines and without `data:`
// (§2.8). To an SSE parser those lines are unknown fields, and the failure would pass for the end.
#pragma once
#include <string>
#include <string_view>

namespace tsg::providers::gemini {

class BareText {
 public:
  // The part of `wire` that is event stream. No field name begins with a bracket: from the first line that
  // does, to the end, the bytes are kept here.
  std::string_view split(std::string_view wire);
  bool any() const noexcept { return began_; }
  std::string_view text() const noexcept { return text_; }

 private:
  static constexpr std::size_t kMax = 64u << 10;  // larger ones are no error objects
  void keep(std::string_view bytes);
  std::string text_;
  bool line_begins_ = true, began_ = false;
};

}  // namespace tsg::providers::gemini
