// What Google Search brought: citations for the client, and what it costs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "providers/raw_json.hpp"
#include "tsg/catalog/catalog.hpp"

namespace tsg::providers::gemini {

// The text of an answer as far as offsets need it: Google counts bytes of UTF-8, OpenAI characters. One bit
// per byte, not the text: a long stream keeps little.
class TextOffsets {
 public:
  void append(std::string_view text);
  void begin_part();  // text after this belongs to a new part
  std::int64_t characters(std::int64_t part, std::int64_t byte) const;  // of the whole text, cut to its end

 private:
  std::vector<bool> starts_;           // per byte: a character begins here
  std::vector<std::uint32_t> before_;  // characters before each block of bytes
  std::uint32_t count_ = 0;
  std::vector<std::size_t> parts_;
};

// `url_citation` annotations, in the order of the supports.
std::vector<std::string> citations(RawNode const& grounding, TextOffsets const& text);

// In the catalogue's unit: each query for newer models, once per grounded prompt for older ones.
std::int64_t billed_searches(RawNode const& grounding, catalog::Model const* family);

}  // namespace tsg::providers::gemini
