// Deterministic embedding vectors, whose components are short in decimal and exact in float32.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tsg::sim {
std::vector<float> embed(std::string_view text, std::size_t dimensions, std::uint64_t seed = 0);
std::string base64(std::string_view bytes);
std::string float32_le(std::vector<float> const& vector);
}  // namespace tsg::sim
