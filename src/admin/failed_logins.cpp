#include "admin/failed_logins.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tsg/audit/record.hpp"
#include "tsg/pipeline/client_network.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::admin {
namespace {

std::string fields_of(audit::Record& record) {
  record.verdict = "deny";
  record.status = 401;
  record.code = "invalid_api_key";
  std::string fields;
  audit::append_fields(fields, record);
  return fields;
}

}  // namespace

Awaitable<> FailedLogins::note(Call& call) {
  auto& services = state_.services();
  services.metrics.admin_unauthorized();
  audit::Record record;
  record.kind = "admin.unauthorized";
  record.time = call.now;
  record.request_id = call.id;
  record.client_net = pipeline::client_network(call.http, {});
  auto const per_second = services.runtime.load()->config.limits.unauthorized_per_second;
  if (strangers_.deserves_record(record.client_net, call.now, per_second)) {
    auto fields = fields_of(record);
    (void)co_await services.store.append(std::move(fields));
  } else if (!std::exchange(flush_scheduled_, true)) {
    co_spawn(call.http.executor(), flush_later(), boost::asio::detached);
  }
}

// Ends by itself after a second; the API outlives its io_context's run.
Awaitable<> FailedLogins::flush_later() {
  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer{
      co_await boost::asio::this_coro::executor, std::chrono::seconds{1}};
  co_await timer.async_wait(use_tuple);
  flush_scheduled_ = false;
  audit::Record record;
  record.kind = "admin.unauthorized.count";
  record.time = state_.services().clock.wall();
  record.count = static_cast<std::int64_t>(strangers_.take_counted());
  if (record.count == 0) co_return;
  auto fields = fields_of(record);
  (void)co_await state_.store().append(std::move(fields));
}

}  // namespace tsg::admin
