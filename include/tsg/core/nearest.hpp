// "Did you mean": the known names closest to a misspelt one, for configuration keys and model names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsg {

// Edit distance with neighbour swaps counted once (optimal string alignment), whatever the case of letters.
// Whatever is more than `most` is told as some number above it.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most = SIZE_MAX);

// At most `count` names within a third of the length (at least 2 edits), closest first; ties in the
// order given. Names longer than 128 bytes have no neighbours: the work stays bounded.
std::vector<std::string_view> nearest(std::string_view name, std::span<std::string_view const> known,
                                      std::size_t count);

}  // namespace tsg
