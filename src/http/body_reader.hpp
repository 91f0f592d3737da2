// What both parsers share: Beast's framing of the body behind a head that we checked ourselves. Included by
// request_parser.cpp and response_parser.cpp only, because it pulls in Beast.
#pragma once
#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tsg::http {

namespace beast_http = boost::beast::http;

// Why a body was refused. The parsers turn it into their own Error.
enum class BodyFault : std::uint8_t { none, framing, too_large };

// Trailers arrive as fields after the head and are dropped here: they must never join the head (HTTP-7).
template <bool is_request>
class BodyReader final : public beast_http::basic_parser<is_request> {
  using Base = beast_http::basic_parser<is_request>;
  using error_code = boost::beast::error_code;
  using beast_view = boost::beast::string_view;

 public:
  struct Limits {
    std::size_t extension_bytes_max;  // of one chunk
    std::size_t trailer_bytes_max;
  };
  explicit BodyReader(Limits const& limits) : limits_{limits} {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadBuffer has bounded it
    this->body_limit(boost::none);                                  // counted in on_data
  }

  void set_body_limit(std::size_t bytes) noexcept { body_bytes_max_ = bytes; }
  BodyFault fault() const noexcept { return fault_; }

  // A whole head. False if Beast does not agree with our own reading.
  bool put_head(std::string_view head) {
    error_code ec;
    auto const n = this->put(boost::asio::const_buffer{head.data(), head.size()}, ec);
    return !ec && n == head.size();
  }

  // Body bytes; the decoded ones are appended to `out`. Returns how many were taken: all, or those up to the
  // end of the message. After fault() != none the result means nothing.
  std::size_t put_body(std::string_view bytes, std::string& out) {
    out_ = &out;
    std::size_t used = 0;
    while (used < bytes.size() && !this->is_done() && fault_ == BodyFault::none) {
      if (!carry_.empty()) {
        used += resume_line(bytes.substr(used));
        continue;
      }
      auto const rest = bytes.substr(used);
      bool more = false;
      used += put_some(rest, more);
      if (more) used += keep(bytes.substr(used));
    }
    return used;
  }

 private:
  // Beast takes a chunk's header line (and the last one with all trailers) only in one piece.
  std::size_t put_some(std::string_view bytes, bool& more) {
    error_code ec;
    start_ = bytes.data();
    auto const n = this->put(boost::asio::const_buffer{bytes.data(), bytes.size()}, ec);
    more = ec == beast_http::error::need_more;
    // As counted in the carry: from the LF of the last chunk's line on.
    if (!ec && last_line_ != nullptr &&
        n > limits_.trailer_bytes_max + static_cast<std::size_t>(last_line_ - start_))
      refuse(BodyFault::framing);
    if ((ec && !more) || (more && overrun(bytes))) refuse(BodyFault::framing);
    return n;
  }

  // Beast 1.81 looks for the end of a quoted extension beyond its line, and then wants more of what is
  // complete.
  bool overrun(std::string_view bytes) const noexcept {
    bytes.remove_prefix(std::min<std::size_t>(chunks_ ? 2 : 0, bytes.size()));
    auto const end = bytes.find("\r\n");
    if (end == std::string_view::npos) return false;
    auto const digits = std::min(bytes.find_first_not_of('0'), end);
    bool const last_chunk = digits == end || bytes[digits] == ';';
    return !last_chunk || bytes.find("\r\n\r\n") != std::string_view::npos;
  }

  // Begins the carry with what Beast could not use yet.
  std::size_t keep(std::string_view bytes) {
    add_to_carry(bytes);
    return bytes.size();
  }

  // One more line for the carry, then Beast's turn. It uses all of the carry or none.
  std::size_t resume_line(std::string_view bytes) {
    auto const lf = bytes.find('\n');
    auto const take = lf == std::string_view::npos ? bytes.size() : lf + 1;
    add_to_carry(bytes.substr(0, take));
    if (lf == std::string_view::npos || fault_ != BodyFault::none) return take;
    // Beast reads all of the carry each time: trailers are offered to it once, with the empty line behind
    // them.
    bool const trailers = carry_.find('\n', chunks_ ? 2 : 0) != carry_.size() - 1;
    if (trailers && !carry_.ends_with("\r\n\r\n")) return take;
    bool more = false;
    auto const n = put_some(carry_, more);
    if (n == carry_.size())
      carry_.clear();
    else if (n != 0)
      refuse(BodyFault::framing);
    return take;
  }

  // The carry holds [CRLF] chunk-line CRLF *(trailer CRLF), the CRLF being the end of the chunk before. What
  // Beast would refuse at once in one piece is refused at once here, so that the split does not matter.
  void add_to_carry(std::string_view bytes) {
    auto const old = carry_.size();
    carry_.append(bytes);
    constexpr std::string_view crlf = "\r\n";
    auto const begin = chunks_ ? crlf.size() : 0;
    bool bad = chunks_ && !std::string_view{carry_}.starts_with(crlf.substr(0, carry_.size()));
    for (auto i = std::max<std::size_t>(old, 1); i < carry_.size(); ++i)
      bad = bad || (carry_[i] == '\n') != (carry_[i - 1] == '\r');
    bad = bad || carry_[0] == '\n';
    if (carry_.size() > begin) {  // the first line and the trailers have their own limits
      auto const line = std::min(carry_.find('\n', begin), carry_.size()) - begin;
      bad = bad || line > size_digits_max + limits_.extension_bytes_max + 1 ||
            carry_.size() - begin - line > limits_.trailer_bytes_max;
    }
    if (bad) refuse(BodyFault::framing);
  }

  void refuse(BodyFault why) noexcept {
    if (fault_ == BodyFault::none) fault_ = why;
  }

  std::size_t on_data(std::string_view data, error_code& ec) {
    if (data.size() > body_bytes_max_ - std::min(body_bytes_, body_bytes_max_)) {
      refuse(BodyFault::too_large);
      ec = beast_http::error::body_limit;
      return 0;
    }
    body_bytes_ += data.size();
    out_->append(data);
    return data.size();
  }

  void on_chunk_header_impl(std::uint64_t size, beast_view extensions, error_code& ec) override {
    chunks_ = true;
    if (size == 0) last_line_ = extensions.data() + extensions.size() + 1;
    auto const digits = static_cast<std::size_t>(extensions.data() - start_) - (start_[0] == '\r' ? 2u : 0u);
    bool const clean = std::all_of(extensions.begin(), extensions.end(), [](char c) {
      auto const u = static_cast<unsigned char>(c);
      return u == '\t' || (u >= 0x20 && u < 0x7f);
    });
    bool const blank = !extensions.empty() && extensions.front() != ';';  // HTTP-6
    if (blank || digits > size_digits_max || extensions.size() > limits_.extension_bytes_max || !clean) {
      refuse(BodyFault::framing);
      ec = beast_http::error::bad_chunk_extension;
    } else if (size > body_bytes_max_ - std::min(body_bytes_, body_bytes_max_)) {
      refuse(BodyFault::too_large);  // said before the bytes are read
      ec = beast_http::error::body_limit;
    }
  }

  std::size_t on_body_impl(beast_view data, error_code& ec) override {
    return on_data({data.data(), data.size()}, ec);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view data, error_code& ec) override {
    return on_data({data.data(), data.size()}, ec);
  }
  void on_request_impl(beast_http::verb, beast_view, beast_view, int, error_code&) override {}
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_field_impl(beast_http::field, beast_view, beast_view, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  static constexpr std::size_t size_digits_max = 16;  // 64 bits; leading zeros count

  Limits limits_;
  std::size_t body_bytes_max_ = std::numeric_limits<std::size_t>::max();
  std::size_t body_bytes_ = 0;
  bool chunks_ = false;  // one has been seen: its CRLF comes before the next chunk's line
  BodyFault fault_ = BodyFault::none;
  char const* start_ = nullptr;      // of what Beast is reading
  char const* last_line_ = nullptr;  // the LF of the last chunk's line, in what Beast is reading
  std::string* out_ = nullptr;
  std::string carry_;  // an unfinished chunk line; empty nearly always
};

}  // namespace tsg::http
