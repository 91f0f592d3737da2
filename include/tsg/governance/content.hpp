// What may not stand in a prompt or an answer: RE2 patterns (linear time) and built-in detectors.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::governance {

enum class Action : std::uint8_t { deny, redact, flag };
std::string_view to_string(Action action) noexcept;

struct Found {  // bytes of the text searched
  std::size_t begin = 0, end = 0;
};

class Matcher {  // immutable, any thread
 public:
  virtual ~Matcher() = default;
  // The first match that begins at `from` or later; `text` before `from` is context (\b).
  virtual std::optional<Found> find(std::string_view text, std::size_t from) const = 0;
  virtual std::size_t longest() const noexcept = 0;  // bytes; longer matches may be found in pieces
  // Of a match that began with `begins` and filled all that could be seen: is `next` more of it?
  virtual bool goes_on(char begins, char next) const noexcept {
    (void)begins, (void)next;
    return false;
  }
};

// email, card (Luhn), iban (mod 97), phone (E.164), api_key. nullptr: no such detector.
std::shared_ptr<Matcher const> detector(std::string_view name);
// Errors: RE2's own message; a pattern that matches the empty text is refused.
Result<std::shared_ptr<Matcher const>> pattern(std::string const& regex, std::size_t longest);

struct ContentRule {
  std::string name;  // unique in its policy: refusals and records speak of it
  Action action = Action::deny;
  bool prompt = true, answer = true;
  std::string replacement;  // "[EMAIL]"
  std::shared_ptr<Matcher const> matcher;
};

}  // namespace tsg::governance
