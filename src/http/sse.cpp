#include "tsg/http/sse.hpp"

#include <algorithm>

namespace tsg::http {

bool SseSplitter::feed(std::string_view bytes) {
  if (failed_) return false;
  if (at_ != 0) {
    buffer_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
  }
  lf_known_ = false;
  buffer_.append(bytes);
  return true;
}

// U+FEFF once, at the very start. False: its bytes are not all there yet.
bool SseSplitter::skip_bom() {
  constexpr std::string_view bom = "\xef\xbb\xbf";
  auto const start = std::string_view{buffer_}.substr(0, bom.size());
  if (start.size() < bom.size() && bom.starts_with(start)) return false;
  if (start == bom) at_ = searched_ = bom.size();
  bom_checked_ = true;
  return true;
}

// The next whole line without its end, which is CRLF, LF or CR. A CR ends its line at once; an LF that
// follows, perhaps in the next read, belongs to it.
bool SseSplitter::take_line(std::string_view& line) {
  std::string_view const text{buffer_};
  if (skip_lf_ && at_ < text.size()) {
    skip_lf_ = false;
    if (text[at_] == '\n') searched_ = std::max(searched_, ++at_);
  }
  if (!lf_known_ || next_lf_ < searched_) {  // one search serves all CRs before it
    next_lf_ = std::min(text.find('\n', searched_), text.size());
    lf_known_ = true;
  }
  auto const cr = text.substr(searched_, next_lf_ - searched_).find('\r');
  auto const end = cr == std::string_view::npos ? next_lf_ : searched_ + cr;
  if (end == text.size()) {
    searched_ = end;
    return false;
  }
  line = text.substr(at_, end - at_);
  skip_lf_ = text[end] == '\r';
  at_ = searched_ = end + 1;
  return true;
}

void SseSplitter::read_line(std::string_view line) {
  auto const colon = std::min(line.find(':'), line.size());
  auto const field = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    name_ = value;
  }  // comments, id and retry: nobody here reconnects
}

bool SseSplitter::next(Event& event) {
  if (given_) {
    data_.clear();
    name_.clear();
    given_ = has_data_ = false;
  }
  if (failed_ || (!bom_checked_ && !skip_bom())) return false;
  std::string_view line;
  while (take_line(line)) {
    if (!line.empty()) {
      failed_ = data_.size() + name_.size() + line.size() > event_bytes_max_;
      if (failed_) return false;
      read_line(line);
    } else if (has_data_) {
      event = {name_, data_};
      given_ = true;
      return true;
    } else {
      name_.clear();
    }
  }
  failed_ = data_.size() + name_.size() + (buffer_.size() - at_) > event_bytes_max_;
  return false;
}

std::string_view valid_traceparent(std::string_view value) noexcept {
  constexpr std::string_view shape = "00-00000000000000000000000000000000-0000000000000000-00";
  if (value.size() < shape.size() || value.size() > 128) return {};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    char const c = value[i];
    bool const hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (shape[i] == '-' ? c != '-' : !hex) return {};
  }
  auto const version = value.substr(0, 2);
  if (version == "ff") return {};
  // A later version may append "-…"; version 00 may not.
  if (value.size() > shape.size() && (version == "00" || value[shape.size()] != '-')) return {};
  if (value.substr(3, 32).find_first_not_of('0') == std::string_view::npos) return {};
  if (value.substr(36, 16).find_first_not_of('0') == std::string_view::npos) return {};
  return value;
}

std::string_view valid_correlation_id(std::string_view value) noexcept {
  auto const ok = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (value.empty() || value.size() > 64 || !std::all_of(value.begin(), value.end(), ok)) return {};
  return value;
}

}  // namespace tsg::http
