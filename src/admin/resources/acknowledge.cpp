#include "admin/resources/acknowledge.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/change.hpp"
#include "admin/input.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

struct Wanted {
  std::int64_t seq = 0;
  std::string reason;
};

Result<Wanted> read_wanted(std::string raw) {
  auto body = parse_body(std::move(raw), {"seq", "reason"});
  if (!body) return body.error();
  auto seq = optional_integer(*body, "seq", 0, INT64_MAX);
  if (!seq) return seq.error();
  if (!*seq)
    return Error{Errc::bad_request, "'seq' is missing: the record that `tsg audit verify` names.", "seq"};
  auto reason = required_string(*body, "reason", 500);
  if (!reason) return reason.error();
  return Wanted{**seq, std::move(*reason)};
}

// Nothing to acknowledge there: say what there is.
Error no_break(std::vector<audit::Break> const& all, std::int64_t seq) {
  auto const here = std::find_if(all.begin(), all.end(), [seq](auto const& b) { return b.seq == seq; });
  auto const at = "record " + std::to_string(seq);
  if (here != all.end())
    return Error{Errc::conflict,
                 "What breaks at " + at + " was acknowledged by record " +
                     std::to_string(here->acknowledged.value_or(0)) + " already.",
                 "seq"};
  std::string others;
  for (auto const& b : all)
    if (!b.acknowledged) others += (others.empty() ? " Breaks are at record " : ", ") + std::to_string(b.seq);
  return Error{Errc::not_found, "There is no break at " + at + "." +
                                    (others.empty() ? " There is none at all." : others + ".")};
}

}  // namespace

Task<Reply> acknowledge_break(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto wanted = read_wanted(std::move(*raw));
  if (!wanted) co_return wanted.error();
  auto breaks = co_await state.store().breaks();
  if (!breaks) co_return breaks.error();
  nlohmann::ordered_json after;
  after["seq"] = wanted->seq;
  after["reason"] = wanted->reason;
  after["breaks"] = nlohmann::ordered_json::array();
  auto shown = after;
  for (auto const& b : *breaks) {
    if (b.seq != wanted->seq || b.acknowledged) continue;
    after["breaks"].push_back(b.id);
    shown["breaks"].push_back(b.text);
  }
  if (after["breaks"].empty()) co_return no_break(*breaks, wanted->seq);
  auto recorded = co_await record_event(state, call, Note{"audit.acknowledge", "", json::to_text(after)});
  if (!recorded) co_return recorded.error();
  co_return Reply{201, json::to_text(shown)};
}

}  // namespace tsg::admin
