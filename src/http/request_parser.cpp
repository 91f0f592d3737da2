#include <algorithm>
#include <optional>

#include "http/body_reader.hpp"
#include "http/chars.hpp"
#include "http/head_buffer.hpp"
#include "http/head_check.hpp"
#include "tsg/http/parser.hpp"

namespace tsg::http {
namespace {

constexpr std::size_t body_kept_max = 64u << 10;      // between requests
constexpr std::size_t body_reserved_max = 64u << 10;  // a promise of more is not believed before bytes come
// Who has sent so much has room for the whole promise: what nothing is written to takes no memory, and
// copying a large body again at each doubling costs more than reading it.
constexpr std::size_t body_believed = 1u << 20;
constexpr std::size_t padding = 64;  // so that the JSON parser needs no copy

Error body_too_large(std::size_t limit) {
  return Error{Errc::body_too_large, "The request body is larger than " + std::to_string(limit) + " bytes."};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(RequestLimits const& l)
      : limits{l}, body_limit{l.body_bytes_max}, buffer{l.header_bytes_max} {}

  RequestLimits limits;
  std::size_t body_limit;
  HeadBuffer buffer;
  std::string decoded_path;
  RequestHead head;
  std::optional<BodyReader<true>> reader;  // engaged once the head is complete
  bool started = false;
  std::string body;

  Result<std::size_t> feed_head(std::string_view bytes);
  Result<std::size_t> feed_body(std::string_view bytes);
  Result<> begin_body();
};

Result<std::size_t> RequestParser::Impl::feed_head(std::string_view bytes) {
  if (bytes.empty()) return std::size_t{0};
  // A TLS hello on a plain port, an empty line: said at once, not at the end of a head that never comes.
  if (!started && !is(bytes.front(), token_char))
    return Error{Errc::bad_framing, "Malformed HTTP request: invalid request line."};
  started = true;
  auto const taken = buffer.take(bytes);
  switch (taken.state) {
    case HeadBuffer::State::incomplete:
      return taken.bytes;
    case HeadBuffer::State::bad_line_end:
      return Error{Errc::bad_framing, "Malformed HTTP request: a line ends without CR."};
    case HeadBuffer::State::too_large:
      return too_large_error(buffer.text(), limits);
    case HeadBuffer::State::complete:
      break;
  }
  if (auto const checked = check_head(buffer.text(), limits, decoded_path, head); !checked)
    return checked.error();
  if (auto const begun = begin_body(); !begun) return begun.error();
  return taken.bytes;
}

Result<> RequestParser::Impl::begin_body() {
  reader.emplace(BodyReader<true>::Limits{limits.chunk_extension_bytes_max, limits.header_bytes_max});
  auto const agreed = reader->put_head(buffer.text()) && reader->chunked() == head.chunked &&
                      reader->is_done() != head.has_body();
  if (!agreed) {
    reader.reset();
    return Error{Errc::bad_framing, "Malformed HTTP request: ambiguous head."};
  }
  head.keep_alive = reader->keep_alive();
  return {};
}

Result<std::size_t> RequestParser::Impl::feed_body(std::string_view bytes) {
  if (head.content_length && *head.content_length > body_limit) return body_too_large(body_limit);
  if (bytes.empty() || reader->is_done()) return std::size_t{0};
  reader->set_body_limit(body_limit);
  if (head.content_length) {  // doubled like any string, but never beyond what was promised
    auto const whole = static_cast<std::size_t>(*head.content_length);
    auto const least = std::min(body.size() + bytes.size(), whole);
    auto const next = body.size() >= body_believed ? whole : std::max(2 * body.capacity(), body_reserved_max);
    if (body.capacity() < least + padding) body.reserve(std::min(whole, std::max(next, least)) + padding);
  }
  auto const used = reader->put_body(bytes, body);
  switch (reader->fault()) {
    case BodyFault::none:
      return used;
    case BodyFault::too_large:
      return body_too_large(body_limit);
    case BodyFault::framing:
      break;
  }
  return Error{Errc::bad_framing, "Malformed HTTP request: invalid chunked body."};
}

RequestParser::RequestParser(RequestLimits const& limits) : impl_{std::make_unique<Impl>(limits)} {}
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::feed(std::string_view bytes) {
  return impl_->reader ? impl_->feed_body(bytes) : impl_->feed_head(bytes);
}
bool RequestParser::started() const noexcept {
  return impl_->started;
}
bool RequestParser::head_complete() const noexcept {
  return impl_->reader.has_value();
}
bool RequestParser::done() const noexcept {
  return impl_->reader && impl_->reader->is_done();
}
RequestHead const& RequestParser::head() const noexcept {
  return impl_->head;
}
void RequestParser::set_body_limit(std::size_t bytes) noexcept {
  impl_->body_limit = bytes;
}
std::string RequestParser::take_body() noexcept {
  return std::exchange(impl_->body, {});
}

void RequestParser::reset() {
  auto& s = *impl_;
  auto fields = std::move(s.head.fields);
  fields.clear();
  s.head = {};
  s.head.fields = std::move(fields);
  s.buffer.clear();
  s.reader.reset();
  s.body_limit = s.limits.body_bytes_max;
  s.started = false;
  if (s.body.capacity() > body_kept_max) std::string{}.swap(s.body);
  s.body.clear();
}

}  // namespace tsg::http
