// Parts of a scanned JSON text as the bytes they were written with. A provider's answer is passed on, not
// rebuilt, so spans are what is needed; a DOM would lose them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/conversation/event.hpp"
#include "tsg/json/document.hpp"

namespace tsg::providers {

// One object or array. Views live as long as the scanned text. Memory is recycled per thread: reading an
// event of a stream allocates nothing.
class RawNode {
 public:
  RawNode() = default;  // no members
  RawNode(std::string_view text, json::Scan scan, std::shared_ptr<json::Outline const> outline = nullptr)
      : text_{text}, scan_{std::move(scan)}, outline_{std::move(outline)} {}
  RawNode(RawNode&&) noexcept = default;
  RawNode& operator=(RawNode&& other) noexcept {
    std::swap(text_, other.text_);
    std::swap(scan_, other.scan_);
    std::swap(outline_, other.outline_);
    return *this;
  }
  ~RawNode() {
    if (scan_.members.capacity() != 0) recycle(std::move(scan_));
  }
  // Strict; objects only. The error's message is the scanner's. One thing is let pass: a `usage` that names a
  // member twice, for it would take a whole answer with it.
  static Result<RawNode> parse(std::string_view text);
  // For who walks down to the leaves: linear in the text however deep it is.
  static Result<RawNode> parse_deep(std::string_view text);

  std::span<json::Member const> members() const noexcept { return scan_.members; }
  json::Member const* find(std::string_view key) const noexcept;  // the last of that name, as in any reader
  std::string_view raw(json::Member const& m) const noexcept {
    return text_.substr(m.value.begin, m.value.size());
  }
  std::string_view operator[](std::string_view key) const noexcept;  // "" if absent
  RawNode child(json::Member const& m) const;                        // empty unless it is an object or array
  RawNode child(std::string_view key) const;
  std::string_view text() const noexcept { return text_; }
  bool repeats() const noexcept { return scan_.repeats; }  // somewhere in the text it is part of
  bool empty() const noexcept { return scan_.members.empty(); }

 private:
  static json::Scan fresh();
  static void recycle(json::Scan&& scan) noexcept;

  std::string_view text_;
  json::Scan scan_;
  std::shared_ptr<json::Outline const> outline_;  // nullptr: parse()
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
inline std::string_view unless_null(std::string_view raw) noexcept {  // null is absent
  return is_null(raw) ? std::string_view{} : raw;
}

// An object, or one in it, names a member twice with two values.
bool contradicts_itself(RawNode const& node);

std::string text_of(std::string_view raw);  // decoded; "" unless a string
// The same without a copy where nothing is escaped; else `kept` in the batch. Lives as long as both.
std::string_view text_in(conversation::EventBatch& batch, std::string_view raw);
bool spells(std::string_view raw, std::string_view text);  // a string that decodes to this
// A name that the provider gives (model, id, tier): it goes into headers, records and rows, once for each
// name there is. So of a name that is none, the first 256 characters of visible ASCII and spaces; others
// become one `?` each.
std::string name_of(std::string_view raw);
std::int64_t text_size(std::string_view raw) noexcept;  // bytes of the decoded text; 0 unless a string
std::optional<std::int64_t> count_of(std::string_view raw) noexcept;  // 0 … 2^40, no fraction

}  // namespace tsg::providers
