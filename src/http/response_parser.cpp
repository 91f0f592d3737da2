#include <optional>

#include "http/body_reader.hpp"
#include "http/chars.hpp"
#include "http/framing.hpp"
#include "http/head_buffer.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/http/parser.hpp"

namespace tsg::http {
namespace {

constexpr int interim_max = 8;  // a provider that answers 1xx for ever is broken

Error broken(std::string_view what) {
  auto error = Error{Errc::provider_unavailable}.log("provider's HTTP response: " + std::string{what});
  error.details().status = 502;
  return error;
}

}  // namespace

struct ResponseParser::Impl {
  explicit Impl(Limits const& l) : limits{l}, buffer{l.header_bytes_max} {}

  Limits limits;
  HeadBuffer buffer;
  std::vector<Field> fields;
  std::optional<BodyReader<false>> reader;  // engaged once a final head is complete
  int status = 0, interim = 0;
  bool started = false, keep_alive = false;

  Result<std::size_t> feed_head(std::string_view bytes);
  Result<> read_head();
};

// A head of our own reading first: Beast would take conflicting framing, and fold lines (standards 8.2).
Result<> ResponseParser::Impl::read_head() {
  auto const raw = buffer.text();
  if (raw.size() < 15 || !raw.starts_with("HTTP/1.") || (raw[7] != '0' && raw[7] != '1') || raw[8] != ' ')
    return broken("invalid status line");
  bool const http11 = raw[7] == '1';
  std::size_t at = raw.find("\r\n") + 2;
  Framing framing;
  fields.clear();
  while (raw[at] != '\r') {
    Field f;
    if (auto const rule = read_field(raw, at, true, f.name, f.value); !rule.empty()) return broken(rule);
    std::string_view rule;
    if (iequals(f.name, "content-length"))
      rule = framing.add_content_length(f.value);
    else if (iequals(f.name, "transfer-encoding"))
      rule = framing.add_transfer_encoding(f.value, http11);
    if (!rule.empty()) return broken(rule);
    fields.push_back(f);
  }
  if (at + 2 != raw.size()) return broken("invalid line end");

  // Trailers may be as long as a head; a chunk's extensions matter to nobody here.
  reader.emplace(BodyReader<false>::Limits{4096, limits.header_bytes_max});
  if (!reader->put_head(raw) || (!reader->is_done() && reader->chunked() != framing.chunked)) {
    reader.reset();
    return broken("invalid head");
  }
  status = (raw[9] - '0') * 100 + (raw[10] - '0') * 10 + (raw[11] - '0');  // Beast has checked the digits
  keep_alive = reader->keep_alive();
  return {};
}

Result<std::size_t> ResponseParser::Impl::feed_head(std::string_view bytes) {
  if (bytes.empty()) return std::size_t{0};
  started = true;
  auto const taken = buffer.take(bytes);
  switch (taken.state) {
    case HeadBuffer::State::incomplete:
      return taken.bytes;
    case HeadBuffer::State::bad_line_end:
      return broken("a header line ends without CR");
    case HeadBuffer::State::too_large:
      return broken("head too large");
    case HeadBuffer::State::complete:
      break;
  }
  if (auto const head = read_head(); !head) return head.error();
  if (status < 200) {  // Beast takes an interim response for the whole message (style pitfall 17)
    if (status < 100) return broken("invalid status");
    if (status == 101) return broken("101 without an upgrade");
    if (++interim > interim_max) return broken("too many interim responses");
    reader.reset();
    buffer.clear();
    fields.clear();
    status = 0;
  }
  return taken.bytes;
}

ResponseParser::ResponseParser(Limits const& limits) : impl_{std::make_unique<Impl>(limits)} {}
ResponseParser::~ResponseParser() = default;

Result<std::size_t> ResponseParser::feed(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (!impl_->reader && used < bytes.size()) {
    auto const n = impl_->feed_head(bytes.substr(used));
    if (!n) return n.error();
    used += *n;
  }
  if (!impl_->reader || impl_->reader->is_done()) return used;
  used += impl_->reader->put_body(bytes.substr(used), body);
  if (impl_->reader->fault() != BodyFault::none) {
    impl_->keep_alive = false;
    return broken("invalid chunked body");
  }
  return used;
}

Result<> ResponseParser::finish_eof() {
  auto& s = *impl_;
  s.keep_alive = false;
  if (done()) return {};
  if (!s.reader || !s.reader->need_eof()) return broken("cut off");
  boost::beast::error_code ec;
  s.reader->put_eof(ec);
  if (ec) return broken("cut off");
  return {};
}

bool ResponseParser::started() const noexcept {
  return impl_->started;
}
bool ResponseParser::head_complete() const noexcept {
  return impl_->reader.has_value();
}
bool ResponseParser::done() const noexcept {
  return impl_->reader && impl_->reader->is_done();
}
bool ResponseParser::keep_alive() const noexcept {
  return impl_->keep_alive && done();
}
int ResponseParser::status() const noexcept {
  return impl_->status;
}

std::optional<std::string_view> ResponseParser::field(std::string_view name) const noexcept {
  for (auto const& f : impl_->fields)
    if (f.name.size() == name.size() && iequals(f.name, name)) return f.value;
  return std::nullopt;
}

void ResponseParser::reset() {
  auto& s = *impl_;
  s.buffer.clear();
  s.fields.clear();
  s.reader.reset();
  s.status = s.interim = 0;
  s.started = s.keep_alive = false;
}

}  // namespace tsg::http
