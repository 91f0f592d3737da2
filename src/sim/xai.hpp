// What xAI's two text APIs share.
#pragma once
#include "api.hpp"

namespace tsg::sim {

ErrorReply xai_error(Problem const& problem);
std::string xai_id();

/// usage.cost_in_usd_ticks (10^10 ticks = 1 USD), if the model has a price.
void add_ticks(Json& usage, Turn const& turn);

}  // namespace tsg::sim
