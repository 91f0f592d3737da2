// A whole answer: read, decode, price, commit, and only then the first byte to the client.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/providers/forms.hpp"
#include "tsg/surfaces/composer.hpp"

namespace tsg::pipeline {
namespace {

std::string_view content_type(Forwarding const& f) {
  return f.answer->field("content-type").value_or(std::string_view{});
}

// A body without an answer may still say what it used; else the bound stands, unless it says itself that it
// is an error.
void note_told(Forwarding& f, Error const& error, std::string_view body) {
  auto told = providers::told_in_either(f.adapter, body, f.decode, content_type(f));
  bool const usable = told.reported && plausible(f.expected, told);
  f.used.invalid = !usable && (told.reported || told.invalid);
  auto const* d = error.peek();
  f.refused = d != nullptr && d->told && !told.reported && !told.invalid;
  if (usable) f.used = std::move(told);
}

Task<providers::Answer> receive(Forwarding& f) {
  auto const limit = f.ctx.runtime->config.limits.response_bytes;
  std::string body;
  bool blank = true;  // white space that keeps a connection open is not kept
  for (;;) {
    auto n = co_await f.answer->read_some(body);
    if (!n) co_return n.error();
    if (*n == 0) break;
    if (blank && (blank = body.find_first_not_of(" \t\r\n") == std::string::npos)) body.clear();
    if (body.size() > limit)
      co_return Error{Errc::provider_unavailable, "The provider's answer is larger than this gateway takes."};
    if (!f.held.hold(body.size())) co_return no_memory_for_answer();
  }
  f.progress.stage = upstream::Stage::done;
  auto const& limits = f.ctx.runtime->config.limits;
  co_return co_await f.ctx.services.offload.run(body.size(), limits.offload_bytes, [&] {
    auto answer = providers::decode_either(f.adapter, body, f.decode, content_type(f));
    if (!answer) note_told(f, answer.error(), body);
    return answer;
  });
}

// As the client is shown it.
std::string composed(Forwarding const& f, providers::Answer const& answer, std::optional<Nano> cost) {
  surfaces::Ending ending;
  ending.usage = answer.usage;
  ending.provider = f.ctx.record.provider;
  ending.cost = cost;
  return f.decode.operation == conversation::Operation::chat
             ? surfaces::compose_chat(answer, render_context(f.decode), ending)
             : surfaces::compose_embeddings(answer, ending);
}

}  // namespace

Task<> forward_plain(Forwarding& f) {
  auto& ctx = f.ctx;
  auto const& caller = f.purchase.caller;
  auto& recording = f.purchase.admitted.recording;
  auto answer = co_await receive(f);
  if (!answer) co_return answer.error();
  Outcome outcome;
  if (auto& told = answer->usage; !told.reported || !plausible(f.expected, told)) {
    outcome.invalid = told.reported || told.invalid;
    told = uncounted(f, told, static_cast<std::int64_t>(answer->spoken_bytes()));
  }
  f.used = answer->usage;
  // What the content rules refuse has been paid for all the same.
  auto const& limits = ctx.runtime->config.limits;
  auto const rules = governance::ContentRules{caller.levels, governance::Side::answer}.rules().size();
  auto passed = co_await ctx.services.offload.run(answer->bytes() * rules, limits.offload_bytes, [&] {
    return filter_answer({caller.levels, f.attempts.asked(), ctx.record}, *answer);
  });
  if (!passed) co_return passed.error();
  note_success(f, answer->model);
  ctx.services.memory.remember(caller.key->org, caller.key->id, answer->memos, ctx.time);
  f.answer.reset();  // back to the pool before we wait for the commit

  outcome.usage = answer->usage;
  auto const total = total_cost(f.purchase, answer->usage);
  auto const bytes = composed(f, *answer, total);
  *answer = {};  // its bytes are in `bytes`; a slow client may take a while
  if (recording) {
    recording->add(bytes);
    outcome.keep_as = "application/json";
  }
  bool const abandoned = f.abandoned;  // before the commit: who leaves during it has been answered
  if (abandoned)
    note_abandoned(outcome);
  else
    ctx.record.commitment_response = f.purchase.commitments.of(bytes);
  auto settled = co_await settle(f.purchase, std::move(outcome));
  if (!settled) co_return settled.error();
  if (abandoned) co_return Error{Errc::client_gone};

  add_answer_headers(f);
  if (total) ctx.headers.set("x-tsg-cost-usd", to_usd(*total));
  ctx.headers.set("content-type", "application/json");
  co_return co_await ctx.http.respond(200, ctx.headers, bytes);
}

}  // namespace tsg::pipeline
