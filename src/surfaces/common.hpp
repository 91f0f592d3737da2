// What the bodies of all surfaces have in common.
#pragma once
#include "surfaces/fields.hpp"
#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces {

using conversation::Prompt;

Result<> read_model(Prompt& prompt, dom::object root);
// Bytes of a top-level member, counted as text of the prompt.
void count_raw(Prompt& prompt, std::string_view key);

// What a JSON string says: a view of the body, or of what the prompt keeps where it has escapes. "" unless a
// string.
std::string_view said_by(Prompt& prompt, std::string_view raw);

inline std::string_view unless_null(std::string_view raw) noexcept {  // null is absent
  return raw == "null" ? std::string_view{} : raw;
}
inline bool is_string(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '"';
}
inline bool is_object(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '{';
}
inline bool is_array(std::string_view raw) noexcept {
  return !raw.empty() && raw.front() == '[';
}
inline std::string_view object_or_none(std::string_view raw) noexcept {
  return is_object(raw) ? raw : std::string_view{};
}

}  // namespace tsg::surfaces
