// The members of one container of a text that has been through scan(), one after the other and without
// keeping any of them. Nothing is judged again: strings are skipped to their quote, containers to their
// bracket.
#pragma once
#include <string>
#include <string_view>

#include "tsg/json/document.hpp"

namespace tsg::json {

class Children {
 public:
  explicit Children(std::string_view container) noexcept : Children{container, {0, container.size()}} {}
  // `outline`: knows where nested containers end; nullptr: they are passed over.
  Children(std::string_view text, Span container, Outline const* outline = nullptr) noexcept;

  bool object() const noexcept { return closing_ == '}'; }
  // False at the end. `member.key` is spelt as in the text, without its quotes; empty in an array.
  bool next(Member& member) noexcept;
  bool broken() const noexcept { return broken_; }  // the text was not scanned, or is no container

 private:
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() noexcept;
  void value() noexcept;
  bool stop(bool broken) noexcept;

  std::string_view text_;
  std::size_t at_;
  Outline const* outline_;
  char closing_ = '\0';  // '\0': ended
  bool broken_ = false;
};

// Whether a key of Children says `name`, however it is spelt.
bool says(std::string_view key, std::string_view name);

// The value of a member of an object, the last of that name; "" if it has none, or is no object.
std::string_view member_of(std::string_view object, std::string_view name);

}  // namespace tsg::json
