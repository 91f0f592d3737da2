// A whole answer as a client's surface shows it.
#pragma once
#include <string>

#include "tsg/conversation/answer.hpp"
#include "tsg/surfaces/renderer.hpp"

namespace tsg::surfaces {

// Of /v1/chat/completions: the provider's own object, where it speaks chat, with the gateway's members in it;
// else one made of the items.
std::string compose_chat(conversation::Answer const& answer, RenderContext const& context,
                         Ending const& ending);
std::string compose_embeddings(conversation::Answer const& answer, Ending const& ending);

}  // namespace tsg::surfaces
