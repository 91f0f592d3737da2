// A whole answer: read, decode, price, commit, and only then the first byte to the client.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/metering.hpp"
#include "tsg/pipeline/handler.hpp"

namespace tsg::pipeline {
namespace {

// A body without an answer may still say what it used; else the bound stands, unless it says itself that it
// is an error.
void note_told(Forwarding& f, Error const& error, std::string_view body) {
  auto told = f.adapter.told_usage(body, f.decode);
  bool const usable = told.reported && plausible(told);
  f.used.invalid = !usable && (told.reported || told.invalid);
  auto const* d = error.peek();
  f.refused = d != nullptr && d->told && !told.reported && !told.invalid;
  if (usable) f.used = std::move(told);
}

Task<providers::Answer> receive(Forwarding& f) {
  auto const limit = f.ctx.runtime->config.limits.response_bytes;
  std::string body;
  for (;;) {
    auto n = co_await f.answer->read_some(body);
    if (!n) co_return n.error();
    if (*n == 0) break;
    if (body.size() > limit)
      co_return Error{Errc::provider_unavailable, "The provider's answer is larger than this gateway takes."};
  }
  f.progress.stage = upstream::Stage::done;
  auto answer = f.adapter.decode(body, f.decode);
  if (!answer) note_told(f, answer.error(), body);
  co_return answer;
}

}  // namespace

Task<> forward_plain(Forwarding& f) {
  auto& ctx = f.ctx;
  auto answer = co_await receive(f);
  if (!answer) co_return answer.error();
  Outcome outcome;
  if (!answer->usage.reported || !plausible(answer->usage)) {
    outcome.invalid = answer->usage.reported || answer->usage.invalid;
    auto const tier = answer->usage.service_tier;
    answer->usage = estimate_of_answer(ctx, static_cast<std::int64_t>(answer->content_json.size()));
    answer->usage.service_tier = tier;
  }
  f.used = answer->usage;
  // What the content rules refuse has been paid for all the same.
  if (auto passed = filter_answer(ctx, *answer); !passed) co_return passed.error();
  note_success(f, answer->model);
  ctx.services.memory.remember(ctx.key->org, ctx.key->id, answer->memos, ctx.time);
  f.answer.reset();  // back to the pool before we wait for the commit

  outcome.usage = answer->usage;
  auto const total = total_cost(ctx, answer->usage);
  auto const bytes = providers::finish_answer(*answer, ctx.operation, ctx.record.provider, total);
  if (ctx.recording) {
    ctx.recording->add(bytes);
    outcome.keep_as = "application/json";
  }
  bool const abandoned = f.abandoned;  // before the commit: who leaves during it has been answered
  if (abandoned) {
    outcome.status = status_of(Error{Errc::client_gone});
    outcome.code = to_string(Errc::client_gone);
    outcome.complete = false;
  }
  auto settled = co_await settle(ctx, std::move(outcome));
  if (!settled) co_return settled.error();
  if (abandoned) co_return Error{Errc::client_gone};

  add_answer_headers(f);
  if (total) ctx.headers.set("x-tsg-cost-usd", to_usd(*total));
  ctx.headers.set("content-type", "application/json");
  co_return co_await ctx.http.respond(200, ctx.headers, bytes);
}

}  // namespace tsg::pipeline
