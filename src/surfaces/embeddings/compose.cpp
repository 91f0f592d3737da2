// Embeddings are shown as the dialect gave them: there is nothing to compose but the gateway's members.
#include "providers/openai_shape.hpp"
#include "tsg/surfaces/composer.hpp"

namespace tsg::surfaces {

std::string compose_embeddings(conversation::Answer const& answer, Ending const& ending) {
  auto const& shown = answer.verbatim.value();
  return providers::splice(shown.body, shown.usage_end, ending.usage, ending.usage_known,
                           conversation::Operation::embeddings, "", ending.provider, ending.cost);
}

}  // namespace tsg::surfaces
