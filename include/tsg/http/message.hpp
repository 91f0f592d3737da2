// What a request head is to the rest of the program: checked, immutable, without Beast.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsg::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
std::string_view to_string(Method method) noexcept;

struct Field {
  std::string_view name, value;
};

// Views point into the parser's head buffer: valid until the parser is reset.
struct RequestHead {
  Method method = Method::other;
  std::string_view target;  // as sent: origin-form only
  std::string_view path;    // percent-decoded once, no "//", no dot segments (HTTP-14)
  std::string_view query;   // raw, without '?'
  bool keep_alive = true;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;  // absent with chunked
  bool chunked = false;
  bool has_body() const noexcept { return chunked || (content_length && *content_length > 0); }
  std::vector<Field> fields;
  // First field of that name, case-insensitive.
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
};

// Headers that we send. Values with CR, LF, NUL or other controls are dropped (HTTP-11).
class Headers {
 public:
  void set(std::string_view name, std::string_view value);
  void append_to(std::string& head) const;                     // "name: value\r\n" lines
  std::string_view get(std::string_view name) const noexcept;  // "" if absent
  bool empty() const noexcept { return lines_.empty(); }

 private:
  std::string lines_;  // kept as wire text: written once, copied once
};

std::string_view reason_phrase(int status) noexcept;

}  // namespace tsg::http
