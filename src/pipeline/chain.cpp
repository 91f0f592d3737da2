#include "pipeline/chain.hpp"

#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

namespace {

Task<> beyond_the_last() {
  co_return Error{Errc::internal};  // the last stage does not call next
}

}  // namespace

// No coroutine of its own: the stage's is handed on.
Task<> Next::operator()(RequestContext& ctx) const {
  if (rest_.empty()) return beyond_the_last();
  return rest_.front()->handle(ctx, Next{rest_.subspan(1)});
}

// Key auth runs before the chain, for every endpoint alike (endpoints.cpp): nothing of a stranger's body is
// read.
Chain::Chain(upstream::Client& upstream) {
  // Reads and understands the body, and strikes what the key may not use: everything after it may trust the
  // plan.
  stages_.push_back(make_policy());
  // Prices what is left of the plan and prepares the hold. Prepares only: a replayed answer holds no money.
  stages_.push_back(make_budget());
  // Claims the key; claim and hold are one admission transaction. After it the request is in the books.
  stages_.push_back(make_idempotency());
  // Picks from the plan by health and strategy: as late as possible, so that it sees the newest state.
  stages_.push_back(make_router());
  // Sends, pumps, meters, settles.
  stages_.push_back(make_forward(upstream));
  for (auto const& stage : stages_) view_.push_back(stage.get());
}

}  // namespace tsg::pipeline
