#include "admin/resources/budgets.hpp"

#include <algorithm>

#include "admin/resources/documents.hpp"
#include "tsg/governance/budget.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

store::BudgetRef ref_of(governance::Scope const& at, Nano limit, Window window) {
  store::BudgetRef ref;
  ref.scope = to_string(at.level);
  ref.scope_id = at.id;
  ref.environment = at.environment;
  ref.window_start_ms = window.start_ms;
  ref.window_end_ms = window.end_ms;
  ref.limit = limit;
  return ref;
}

std::string time_text(std::int64_t ms) {
  return to_rfc3339(WallTime{ms * 1'000'000});
}

}  // namespace

Task<Reply> show_budget(State& state, Call& call) {
  auto reply = co_await show_document(state, call, DocumentKind::budget);
  if (!reply) co_return reply.error();
  auto out = json::own_ordered(reply->body);
  auto const at = scope_of(state, call);
  auto const budget = governance::parse_budget(json::to_text(out["document"]));
  if (!at || !budget) co_return Error{Errc::internal}.log("a stored budget cannot be read");
  auto const runtime = state.settings.services.runtime.load();
  auto const window = runtime->zone.month_of(call.now);
  auto const limit = limit_at(*budget, window, call.now);
  std::vector<store::BudgetRef> level;
  level.push_back(ref_of(*at, limit, window));
  auto const standing = co_await state.settings.services.store.budgets(std::move(level));
  if (!standing) co_return standing.error();
  auto const& now = standing->front();
  out["limit"] = to_usd(limit);
  out["settled"] = to_usd(now.settled);
  out["held"] = to_usd(now.held);
  out["remaining"] = to_usd(std::max(Nano{0}, limit - now.settled - now.held));
  out["window"] = {{"start", time_text(window.start_ms)}, {"end", time_text(window.end_ms)}};
  reply->body = json::to_text(out);
  co_return std::move(*reply);
}

}  // namespace tsg::admin
