// Upper bound of the tokens a request brings in (BUD-3): a byte-level BPE makes at most one token of a byte;
// the rest is what templates and media add. Safety comes from the bound, not from a guess (BUD-4).
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace {

constexpr std::int64_t kPerRequest = 64;  // start and end of the prompt, reply priming (OpenAI: 3)
constexpr std::int64_t kPerMessage =
    16;  // role and separators (OpenAI's templates: 3 or 4, and 1 for a name)
constexpr std::int64_t kForTools = 1024;  // hidden prompt for tool use; Anthropic publishes 264 to 804
// One image, wherever it comes from: providers scale before they count. The largest known is gpt-4o-mini,
// which bills 2,833 + 5,667 for each of at most 8 tiles; Anthropic stays under 4,785, xAI near 1,792.
constexpr std::int64_t kImage = 50'000;
// A file also costs its pages as images: 50,000 covers ten dense pages. For long PDFs the encoded bytes are
// far above what pages cost; one made of thousands of empty pages is cut by the model's context window, which
// the caller knows.
constexpr std::int64_t kFile = 50'000;

}  // namespace

InputBound input_bound(ChatRequest const& request) {
  InputBound bound;
  if (!request.unmeasured.empty()) {
    bound.why_unbounded = "the size of '" + request.unmeasured + "' is not known here.";
    return bound;
  }
  auto const times = [](std::size_t count, std::int64_t each) {
    return static_cast<std::int64_t>(count) * each;
  };
  bound.tokens = kPerRequest + times(request.text_bytes, 1) + times(request.message_count, kPerMessage) +
                 times(request.image_count, kImage) + times(request.media_bytes, 1) +
                 times(request.file_count, kFile) + (request.tools ? kForTools : 0) +
                 (request.system ? kPerMessage : 0);
  return bound;
}

}  // namespace tsg::providers
