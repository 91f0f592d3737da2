// Collects a message head up to its empty line, in any split, and gives nothing to a parser before that.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsg::http {

class HeadBuffer {
 public:
  enum class State { incomplete, complete, bad_line_end, too_large };

  explicit HeadBuffer(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  // Takes bytes up to the end of the head. What it finds depends on the bytes alone, never on the split:
  // the first bare LF within the limit wins, then the end of the head, then the limit.
  struct Taken {
    State state;
    std::size_t bytes;
  };
  Taken take(std::string_view bytes);
  std::string_view text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  void clear();

 private:
  std::size_t bytes_max_;
  std::string text_;
  std::size_t line_ = 0;  // where the current line begins
};

}  // namespace tsg::http
