#include "tsg/audit/record.hpp"

#include <algorithm>
#include <array>

#include "tsg/core/bytes.hpp"
#include "tsg/core/money.hpp"

namespace tsg::audit {
namespace {

// Length of the valid UTF-8 sequence at the start of `s`, whose first byte is not ASCII; 0 = none (RFC 3629).
std::size_t sequence_length(std::string_view s) {
  auto const at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  auto const tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  auto const b = at(0), next = at(1);
  if (b >= 0xc2 && b <= 0xdf) return tail(1) ? 2 : 0;
  if (b >= 0xe0 && b <= 0xef) {
    bool const overlong = b == 0xe0 && next < 0xa0, surrogate = b == 0xed && next > 0x9f;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (b < 0xf0 || b > 0xf4) return 0;
  bool const overlong = b == 0xf0 && next < 0x90, too_large = b == 0xf4 && next > 0x8f;
  return tail(1) && tail(2) && tail(3) && !overlong && !too_large ? 4 : 0;
}

// Bytes that stand for themselves in a string: a record consists of little else.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

void append_odd(std::string& out, std::string_view text, std::size_t& i) {
  constexpr char hex[] = "0123456789abcdef";
  char const c = text[i];
  auto const b = static_cast<unsigned char>(c);
  if (b == '"' || b == '\\') {
    out += '\\';
    out += c;
  } else if (b < 0x20 || b == 0x7f) {
    out += "\\u00";
    out += hex[b >> 4];
    out += hex[b & 15];
  } else if (auto const n = sequence_length(text.substr(i)); n != 0) {
    out += text.substr(i, n);
    i += n - 1;
  } else {
    out += "\\ufffd";  // header values may be any bytes; a record that is not JSON would not verify
  }
}

void append_escaped(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0;; ++i) {
    auto const begin = i;
    while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
    out.append(text, begin, i - begin);
    if (i == text.size()) break;
    append_odd(out, text, i);
  }
  out += '"';
}

// `,"name":`, made by the compiler: a record has some fifty names.
class Label {
 public:
  template <std::size_t n>
  consteval Label(char const (&name)[n]) : size_{n + 3} {  // NOLINT: a literal is meant
    static_assert(n + 3 <= sizeof text_);
    text_[0] = ',';
    text_[1] = '"';
    for (std::size_t i = 0; i + 1 < n; ++i) text_[i + 2] = name[i];
    text_[n + 1] = '"';
    text_[n + 2] = ':';
  }
  std::string_view text() const noexcept { return {text_, size_}; }

 private:
  char text_[28]{};
  std::size_t size_;
};

// Members of one object; the first has no comma.
class Fields {
 public:
  explicit Fields(std::string& out) : out_{out}, start_{out.size()} {}
  std::string& name(Label const& label) {
    return out_.append(label.text().substr(out_.size() == start_ ? 1 : 0));
  }
  std::string& meter(std::string_view n) {
    return out_.append(out_.size() == start_ ? "\"" : ",\"").append(n).append("\":");
  }
  void text(Label const& n, std::string_view value) {
    if (!value.empty()) append_escaped(name(n), value);
  }
  void number(Label const& n, std::int64_t value) { append_int(name(n), value); }
  void flag(Label const& n, bool value) {
    if (value) name(n) += "true";
  }
  void raw(Label const& n, std::string_view json) {
    if (!json.empty()) name(n) += json;
  }

 private:
  std::string& out_;
  std::size_t start_;
};

// Microseconds as milliseconds with three decimals: exact, no floating point.
void append_ms(std::string& out, std::int64_t us) {
  append_int(out, us / 1000);
  auto const rest = us % 1000;
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

void append_latency(Fields& f, Record const& r) {
  if (r.latency_total_us < 0) return;
  auto& out = f.name("latency_ms");
  out += "{\"total\":";
  append_ms(out, r.latency_total_us);
  if (r.latency_first_byte_us >= 0) {
    out += ",\"first_byte\":";
    append_ms(out, r.latency_first_byte_us);
  }
  if (r.latency_upstream_us >= 0) {
    out += ",\"upstream\":";
    append_ms(out, r.latency_upstream_us);
  }
  out += '}';
}

void append_attempts(Fields& f, Record const& r) {
  if (r.attempts.empty()) return;
  auto& out = f.name("attempts");
  out += '[';
  for (auto const& a : r.attempts) {
    if (out.back() != '[') out += ',';
    out += '{';
    Fields one{out};
    one.text("target", a.target);
    one.text("credential", a.credential);
    one.text("stage", a.stage);
    one.text("outcome", a.outcome);
    if (a.status != 0) one.number("status", a.status);
    one.number("ms", a.ms);
    if (a.cost) one.text("estimated_cost_usd", to_usd(*a.cost));
    out += '}';
  }
  out += ']';
}

void append_candidates(Fields& f, Record const& r) {
  if (r.candidates.empty()) return;
  auto& out = f.name("candidates");
  out += '[';
  for (auto const& c : r.candidates) {
    if (out.back() != '[') out += ',';
    out += '{';
    Fields one{out};
    one.text("target", c.target);
    one.text("reason", c.reason);
    out += '}';
  }
  out += ']';
}

void append_matched(Fields& f, Record const& r) {
  if (r.matched.empty()) return;
  auto& out = f.name("matched");
  out += '[';
  for (auto const& m : r.matched) {
    if (out.back() != '[') out += ',';
    out += '{';
    Fields one{out};
    one.text("source", m.source);
    one.text("rule", m.rule);
    one.text("effect", m.effect);
    out += '}';
  }
  out += ']';
}

void append_limits(Fields& f, Record const& r) {
  if (r.limits.empty()) return;
  auto& out = f.name("limits");
  out += '[';
  for (auto const& l : r.limits) {
    if (out.back() != '[') out += ',';
    out += '{';
    Fields one{out};
    one.text("source", l.source);
    one.number("limit", l.limit);
    one.number("remaining", l.remaining);
    out += '}';
  }
  out += ']';
}

void append_usage(Fields& f, Record const& r) {
  if (!r.usage.empty()) {
    auto& out = f.name("usage");
    out += '{';
    Fields meters{out};
    for (auto const& p : r.usage) append_int(meters.meter(p.meter), p.units);
    out += '}';
  }
  if (!r.cost) return;
  auto& out = f.name("cost_usd");
  out += '"';
  append_usd(out, *r.cost);
  out += '"';
  if (r.usage.empty()) return;
  auto& parts = f.name("cost_parts");
  parts += '{';
  Fields meters{parts};
  for (auto const& p : r.usage) {
    auto& value = meters.meter(p.meter);
    value += '"';
    append_usd(value, p.cost);
    value += '"';
  }
  parts += '}';
}

}  // namespace

void append_fields(std::string& out, Record const& r) {
  Fields f{out};
  {
    auto& t = f.name("time");
    t += '"';
    append_rfc3339(t, r.time);
    t += '"';
  }
  f.text("kind", r.kind);
  if (r.request_id) {
    auto& id = f.name("request_id");
    id += '"';
    r.request_id->append_to(id);
    id += '"';
  }
  f.text("original_request_id", r.original_request_id);
  f.text("correlation_id", r.correlation_id);
  f.text("trace_id", r.trace_id);
  f.text("org", r.org);
  f.text("team", r.team);
  f.text("environment", r.environment);
  f.text("key_id", r.key_id);
  f.text("actor", r.actor);
  f.text("client_net", r.client_net);
  f.text("path", r.path);
  f.text("route", r.route);
  f.text("model_requested", r.model_requested);
  f.text("model_served", r.model_served);
  f.text("provider", r.provider);
  f.text("credential", r.credential);
  f.text("verdict", r.verdict);
  f.text("rule", r.rule);
  append_matched(f, r);
  append_limits(f, r);
  if (r.status != 0) f.number("status", r.status);
  f.text("code", r.code);
  f.flag("stream", r.stream);
  if (r.complete) f.name("complete") += *r.complete ? "true" : "false";
  append_attempts(f, r);
  append_candidates(f, r);
  f.raw("routing", r.routing_json);
  if (!r.dropped_parameters.empty()) {
    auto& list = f.name("dropped_parameters");
    list += '[';
    for (auto const& p : r.dropped_parameters) {
      if (list.back() != '[') list += ',';
      append_escaped(list, p);
    }
    list += ']';
  }
  append_usage(f, r);
  f.flag("estimated", r.estimated);
  f.flag("replayed", r.replayed);
  append_latency(f, r);
  f.text("policy_version", r.policy_version);
  f.text("price_version", r.price_version);
  f.text("catalog_version", r.catalog_version);
  if (!r.commitment_request.empty() || !r.commitment_response.empty() || !r.commitment_model.empty()) {
    auto& c = f.name("commitments");
    c += '{';
    Fields one{c};
    one.text("request", r.commitment_request);
    one.text("response", r.commitment_response);
    one.text("model_served", r.commitment_model);
    c += '}';
  }
  if (r.count != 0) f.number("count", r.count);
  f.raw("before", r.before_json);
  f.raw("after", r.after_json);
  f.text("detail", r.detail);
}

}  // namespace tsg::audit
