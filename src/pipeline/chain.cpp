#include "pipeline/chain.hpp"

#include <new>
#include <thread>

#include "pipeline/admission.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/replay.hpp"
#include "pipeline/router.hpp"
#include "tsg/core/log.hpp"
#include "tsg/pipeline/error_response.hpp"

namespace tsg::pipeline {
namespace {

// A worker's share of limits.requests_max.
std::size_t places(config::Config const& config) {
  static auto const cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  auto const workers = config.workers > 0 ? static_cast<std::size_t>(config.workers) : cores;
  return (config.limits.requests + workers - 1) / workers;
}

}  // namespace

Error error_of(RequestId const& id, std::exception const& bug) {
  if (dynamic_cast<std::bad_alloc const*>(&bug) != nullptr) {
    log::error("request {}: no memory is left for it", {id.text()});
    return Error{Errc::overloaded};
  }
  log::error("request {}: {}", {id.text(), bug.what()});
  return Error{Errc::internal};
}

// A value that a stage has not returned cannot be read: the compiler keeps the order of what follows.
Task<> Chain::operator()(RequestContext& ctx, Caller const& caller, conversation::Operation operation) const {
  // Shedding: before the body is read, so that what is refused costs next to nothing.
  auto const& config = ctx.runtime->config;
  auto const pass = co_await gate_->enter(ctx.http.executor(), places(config), config.timeouts.queue);
  if (!pass) co_return pass.error();
  // Reads and understands the body, and strikes what the key may not use: everything after it may trust the
  // plan.
  auto understood = co_await understand(ctx, caller, operation);
  if (!understood) co_return understood.error();
  // Prices what is left of the plan and prepares the hold. Prepares only: a replayed answer holds no money.
  auto priced = co_await price(ctx, caller, understood->body.prompt, std::move(understood->plan));
  if (!priced) co_return priced.error();
  // Claims the key; claim and hold are one admission transaction. After it the request is in the books.
  auto claimed = co_await admit(ctx, caller, *understood, std::move(*priced));
  if (!claimed) co_return claimed.error();
  if (auto* bought = std::get_if<Bought>(&*claimed))
    co_return co_await replay(ctx, caller, *understood, std::move(*bought));

  Purchase purchase{ctx, caller, std::move(std::get<Admitted>(*claimed)), std::move(understood->commitments)};
  Error failure;
  try {
    strike_unfunded(purchase.admitted, ctx.record.candidates);
    // Picks from the plan by health and strategy: as late as possible, so that it sees the newest state.
    auto order = rank(ctx, caller, purchase.plan(), understood->facts);
    purchase.in_use = order.front();
    // Sends, pumps, meters, settles.
    auto done = co_await forward(purchase, std::move(order), std::move(understood->body), upstream_);
    if (done) co_return done;
    failure = done.error();
  } catch (std::exception const& bug) {  // co_await is not allowed in here
    failure = error_of(ctx.id, bug);
  }
  if (ctx.recorded) co_return failure;
  Outcome outcome;  // something broke before the settlement: the hold is given back
  outcome.release = true;
  outcome.complete = false;
  outcome.status = status_of(failure);
  outcome.code = code_of(failure);
  auto settled = co_await settle(purchase, std::move(outcome));
  if (!settled) co_return settled.error();
  co_return failure;
}

}  // namespace tsg::pipeline
