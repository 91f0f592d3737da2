#include "http/head_buffer.hpp"

#include <algorithm>

namespace tsg::http {

HeadBuffer::Taken HeadBuffer::take(std::string_view bytes) {
  auto const room = bytes_max_ - text_.size();
  auto const window = bytes.substr(0, room);
  std::size_t at = 0;
  for (;;) {
    auto const lf = window.find('\n', at);
    if (lf == std::string_view::npos) break;
    auto const here = text_.size() + lf;
    char const before = lf > 0 ? window[lf - 1] : text_.empty() ? '\0' : text_.back();
    if (before != '\r') return {State::bad_line_end, 0};
    at = lf + 1;
    if (here - line_ == 1) {
      text_.append(window.substr(0, at));
      return {State::complete, at};
    }
    line_ = here + 1;
  }
  text_.append(window);
  return {bytes.size() > room ? State::too_large : State::incomplete, window.size()};
}

void HeadBuffer::clear() {
  // An idle connection should not hold what one large head once needed.
  if (text_.capacity() > 8192) std::string{}.swap(text_);
  text_.clear();
  line_ = 0;
}

}  // namespace tsg::http
