// Secrets that somebody typed instead of drawing them: long enough for the rule, and guessed at once.
#pragma once
#include <cstdint>
#include <span>

namespace tsg {

// Few different bytes, a shorter text repeated, or a run like 0123…: what 16 random bytes or more never are,
// raw or in any text form. For a warning: a poor secret that is none of these is not known here.
bool guessable(std::span<std::uint8_t const> secret) noexcept;

}  // namespace tsg
