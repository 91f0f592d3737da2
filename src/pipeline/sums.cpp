#include "pipeline/sums.hpp"

#include <boost/asio/steady_timer.hpp>

#include "tsg/audit/record.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::chrono::milliseconds kPeriod{1'000}, kLastPeriod{100};

// `after` says how many there were of each status and code.
std::string fields_of(Refusals::Sum const& sum, WallTime now) {
  audit::Record record;
  record.kind = "request.count";
  record.time = now;
  record.org = sum.org;
  record.team = sum.team;
  record.environment = sum.environment;
  record.key_id = sum.key_id;
  record.verdict = sum.counts.size() == 1 && sum.counts.contains("200") ? "allow" : "deny";
  record.count = static_cast<std::int64_t>(sum.total());
  json::Writer w{record.after_json};
  w.begin_object();
  for (auto const& [what, count] : sum.counts) w.key(what).integer(static_cast<std::int64_t>(count));
  w.end_object();
  std::string fields;
  audit::append_fields(fields, record);
  return fields;
}

Task<> write_round(Services& services, bool& over) {
  auto const taken = services.refusals.take();
  over = taken.over;
  for (auto const& sum : taken.sums) {
    services.metrics.requests_summed(sum.total());
    (void)co_await services.store.append(fields_of(sum, services.clock.wall()));
  }
  co_return Result<>{boost::system::in_place_value};
}

}  // namespace

Awaitable<> write_sums(Services& services, Executor executor) {
  Unwritten const counted{services};
  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer{executor};
  for (bool over = false; !over;) {
    timer.expires_after(services.draining.load(std::memory_order_relaxed) ? kLastPeriod : kPeriod);
    (void)co_await timer.async_wait(use_tuple);
    try {
      (void)co_await write_round(services, over);
    } catch (std::bad_alloc const&) {  // the next round has more luck; this one's sums are missing
    }
  }
}

}  // namespace tsg::pipeline
