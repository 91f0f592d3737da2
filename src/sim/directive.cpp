#include "directive.hpp"

#include <charconv>

namespace tsg::sim {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct NumberKey {
  std::string_view name;
  std::optional<std::int64_t> Directive::*member;
};

constexpr NumberKey kNumbers[] = {
    {"output_tokens", &Directive::output_tokens},
    {"input_tokens", &Directive::input_tokens},
    {"cached", &Directive::cached},
    {"cache_write", &Directive::cache_write},
    {"reasoning", &Directive::reasoning},
    {"searches", &Directive::searches},
    {"latency_ms", &Directive::latency_ms},
    {"ttft_ms", &Directive::ttft_ms},
    {"inter_us", &Directive::inter_us},
    {"burst", &Directive::burst},
};

bool apply(Directive& out, std::string_view key, std::string_view value) {
  for (auto const& entry : kNumbers) {
    if (entry.name != key) continue;
    out.*entry.member = number(value);
    return (out.*entry.member).has_value();
  }
  if (key == "fault") {
    out.fault = parse_fault(value);
    return out.fault.has_value();
  }
  if (key == "tool") {
    while (!value.empty()) {
      auto const plus = value.find('+');
      out.tools.emplace_back(trim(value.substr(0, plus)));
      value = plus == std::string_view::npos ? std::string_view{} : value.substr(plus + 1);
    }
    return !out.tools.empty();
  }
  if (key == "text") {
    out.text = std::string(value);
    return true;
  }
  if (key == "parallel") {
    out.parallel = value.empty() || value == "1" || value == "true";
    return true;
  }
  return false;
}

}  // namespace

Directive parse_directive(std::string_view text) {
  Directive out;
  auto const start = text.rfind("[[sim:");
  if (start == std::string_view::npos) return out;
  auto const end = text.find("]]", start);
  if (end == std::string_view::npos) return out;
  auto rest = text.substr(start + 6, end - start - 6);
  while (!rest.empty()) {
    auto const comma = rest.find(',');
    auto const item = trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (item.empty()) continue;
    auto const equals = item.find('=');
    auto const key = trim(item.substr(0, equals));
    auto const value = equals == std::string_view::npos ? std::string_view{} : trim(item.substr(equals + 1));
    if (!apply(out, key, value) && out.unknown.empty()) out.unknown = item;
  }
  return out;
}

}  // namespace tsg::sim
