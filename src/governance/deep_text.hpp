// JSON that is nested too deep to be read as such.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsg::governance {

// What is opened at once costs its reader some fifty bytes a level.
constexpr std::size_t kDepthMost = 10'000;

// More arrays and objects are open somewhere than kDepthMost; of JSON, and true of hardly any other text.
bool too_deep(std::string_view text) noexcept;

// All escapes of JSON undone, also those of JSON in its strings, whatever stands around them. Linear.
std::string without_escapes(std::string_view text);

}  // namespace tsg::governance
