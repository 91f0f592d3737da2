// RFC 8259 §6: [ "-" ] int [ frac ] [ exp ].
#pragma once

namespace tsg::json {

// The end of the number that begins at p, or nullptr if it is not one. What follows is the caller's business.
inline char const* skip_number(char const* p, char const* end) noexcept {
  auto const digits = [&] {
    auto const* const begin = p;
    while (p != end && *p >= '0' && *p <= '9') ++p;
    return p != begin;
  };
  if (p != end && *p == '-') ++p;
  if (p != end && *p == '0')
    ++p;
  else if (!digits())
    return nullptr;
  if (p != end && *p == '.') {
    ++p;
    if (!digits()) return nullptr;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return nullptr;
  }
  return p;
}

}  // namespace tsg::json
