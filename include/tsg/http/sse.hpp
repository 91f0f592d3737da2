// Server-sent events, WHATWG rules (SSE-2), without I/O.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsg::http {

// Feed bytes in any split, then take events until next() says no.
class SseSplitter {
 public:
  explicit SseSplitter(std::size_t event_bytes_max = 16u << 20) : event_bytes_max_{event_bytes_max} {}
  struct Event {
    std::string_view name;  // "" = message
    std::string_view data;  // several data lines joined by '\n'
  };
  // false: an event grew beyond the limit; the stream is unusable.
  bool feed(std::string_view bytes);
  bool next(Event& event);                          // views valid until the next call of feed() or next()
  bool failed() const noexcept { return failed_; }  // as feed(), but known right after next()

 private:
  bool take_line(std::string_view& line);
  void read_line(std::string_view line);
  bool skip_bom();

  std::size_t event_bytes_max_;
  std::string buffer_, data_, name_;
  std::size_t at_ = 0;        // in buffer_: where the unread line begins
  std::size_t searched_ = 0;  // in buffer_: before this the unread line has no end
  std::size_t next_lf_ = 0;   // in buffer_: the first LF not before searched_, if lf_known_
  bool lf_known_ = false, bom_checked_ = false, skip_lf_ = false, has_data_ = false, given_ = false,
       failed_ = false;
};

// Correlation: `traceparent` of the W3C (OBS-12). "" if the value is invalid.
std::string_view valid_traceparent(std::string_view value) noexcept;
// A client's x-request-id is kept if it is [A-Za-z0-9._-]{1,64} (OBS-16). "" otherwise.
std::string_view valid_correlation_id(std::string_view value) noexcept;

}  // namespace tsg::http
