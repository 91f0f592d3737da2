// Parts of a scanned JSON text as the bytes they were written with. A provider's answer is passed on, not
// rebuilt, so spans are what is needed; a DOM would lose them.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/json/document.hpp"

namespace tsg::providers {

// One object or array. Views live as long as the scanned text.
class RawNode {
 public:
  RawNode() = default;  // no members
  RawNode(std::string_view text, json::Scan scan) : text_{text}, scan_{std::move(scan)} {}
  // Strict; objects only. The error's message is the scanner's.
  static Result<RawNode> parse(std::string_view text);

  std::span<json::Member const> members() const noexcept { return scan_.members; }
  json::Member const* find(std::string_view key) const noexcept;
  std::string_view raw(json::Member const& m) const noexcept {
    return text_.substr(m.value.begin, m.value.size());
  }
  std::string_view operator[](std::string_view key) const noexcept;  // "" if absent
  RawNode child(json::Member const& m) const;                        // empty unless it is an object or array
  RawNode child(std::string_view key) const;
  std::string_view text() const noexcept { return text_; }
  bool empty() const noexcept { return scan_.members.empty(); }

 private:
  std::string_view text_;
  json::Scan scan_;
};

inline bool is_string(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '"';
}
inline bool is_object(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '{';
}
inline bool is_array(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '[';
}
inline bool is_null(std::string_view raw) noexcept {
  return raw == "null";
}

std::string text_of(std::string_view raw);              // decoded; "" unless a string
std::int64_t text_size(std::string_view raw) noexcept;  // bytes of the decoded text; 0 unless a string
std::optional<std::int64_t> count_of(std::string_view raw) noexcept;  // 0 … 2^40, no fraction

}  // namespace tsg::providers
