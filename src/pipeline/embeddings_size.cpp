#include "pipeline/embeddings_size.hpp"

#include <charconv>

#include "tsg/conversation/feature.hpp"

namespace tsg::pipeline {
namespace {

// A float32 on a line of its own, as OpenAI and Google indent them: recorded answers take 21 to 22 bytes for
// one, and no spelling with all its digits takes more than this.
constexpr std::size_t text_bytes = 24;
constexpr std::size_t frame_bytes = 128;  // around one embedding

std::size_t dimensions_of(conversation::Prompt const& prompt, catalog::Model const* model) {
  auto const raw = prompt.said(conversation::Feature::dimensions);
  std::int64_t asked = 0;
  auto const read = std::from_chars(raw.data(), raw.data() + raw.size(), asked);
  if (read.ec == std::errc{} && read.ptr == raw.data() + raw.size() && asked > 0)
    return static_cast<std::size_t>(asked);
  std::size_t own = 0;
  if (model)
    if (auto const rule = model->rules.find("dimensions"); rule != model->rules.end())
      std::from_chars(rule->second.data(), rule->second.data() + rule->second.size(), own);
  return own;
}

}  // namespace

Result<> embeddings_fit(conversation::Prompt const& prompt, routing::Target const& target,
                        std::size_t limit) {
  if (prompt.operation != conversation::Operation::embeddings) return boost::system::in_place_value;
  auto const numbers = dimensions_of(prompt, target.model);
  if (numbers == 0) return boost::system::in_place_value;
  bool const packed = prompt.encoding_format == "base64" && target.provider->dialect->packs_embeddings;
  auto const each = frame_bytes + (packed ? (numbers * 4 + 2) / 3 * 4 : numbers * text_bytes);
  auto const count = prompt.inputs.size();
  if (count * each <= limit) return boost::system::in_place_value;
  auto const most = limit / each;
  return Error{Errc::bad_request,
               "'input' has " + std::to_string(count) + " entries, whose embeddings may take " +
                   std::to_string(count * each) + " bytes; an answer may have " + std::to_string(limit) +
                   " (limits.response_bytes_max). Send " +
                   (most > 0 ? "at most " + std::to_string(most) : "fewer") +
                   " entries at a time, or ask for fewer 'dimensions'.",
               "input"};
}

}  // namespace tsg::pipeline
