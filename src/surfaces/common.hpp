// What the bodies of all surfaces have in common.
#pragma once
#include "surfaces/fields.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/json/children.hpp"

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

// The members of a container, one after the other: its name as it is spelt, and its bytes. One pass, whatever
// is taken.
template <class F>
void each(std::string_view container, F const& f) {
  json::Children children{container};
  for (json::Member m; children.next(m);) f(m.key, container.substr(m.value.begin, m.value.size()));
}

// A key may be spelt with escapes, and then has to be read first.
class Key {
 public:
  explicit Key(std::string_view spelt) : spelt_{spelt}, plain_{spelt.find('\\') == std::string_view::npos} {}
  bool operator==(std::string_view name) const { return plain_ ? spelt_ == name : json::says(spelt_, name); }

 private:
  std::string_view spelt_;
  bool plain_;
};

}  // namespace tsg::surfaces
