// The capability filter: what comes before every strategy.
#include "tsg/routing/facts.hpp"

namespace tsg::routing {

std::string_view unfit(catalog::Model const* model, Facts const& facts) {
  if (model == nullptr) return "";
  if ((model->mode == catalog::Mode::embedding) != facts.embeddings)
    return facts.embeddings ? "makes no embeddings" : "makes embeddings only";
  auto const& can = model->capabilities;
  if (facts.stream && !can.streaming) return "does not stream";
  if (facts.tools && !can.tools) return "cannot call tools";
  if (facts.server_tools && !can.web_search) return "has no server tools";
  if (facts.images && !can.vision) return "reads no images";
  if (facts.files && !can.pdf) return "reads no files";
  if ((facts.audio || facts.audio_out) && !can.audio) return "has no audio";
  if (facts.json_schema && !can.json_schema) return "has no json_schema";
  if (model->context_window && facts.input_tokens > *model->context_window) return "context window";
  if (model->max_output_tokens && facts.max_tokens && *facts.max_tokens > *model->max_output_tokens)
    return "output limit";
  return "";
}

// Images as most providers count a picture of ordinary size; only the order of targets depends on it.
std::optional<Nano> likely_cost(catalog::Model const& model, Facts const& facts, WallTime at) {
  constexpr std::int64_t image_tokens = 1'000;
  catalog::Usage usage;
  usage.input = facts.input_tokens;
  usage.input_image = facts.image_count * image_tokens;
  usage.output = facts.embeddings ? 0 : facts.output_tokens * facts.choices;
  usage.service_tier = facts.service_tier;
  auto const cost = catalog::price(model, usage, at);
  if (!cost) return {};
  return cost->total;
}

}  // namespace tsg::routing
