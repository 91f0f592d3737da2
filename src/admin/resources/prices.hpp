// GET /admin/v1/prices: the price list in use, as dated rows. What an organisation has negotiated is a
// document, /admin/v1/prices/terms/{level}/{id} (documents.hpp).
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// One row for each model, period, context and tier; ?provider=, ?model=.
Task<Reply> list_prices(State& state, Call& call);

}  // namespace tsg::admin
