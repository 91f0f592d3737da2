#include "admin/key_uses.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>

namespace tsg::admin {
namespace {

constexpr std::chrono::minutes kEvery{1};
// Rows of one operation: a hundred thousand busy keys must not hold up the commits of requests.
constexpr std::ptrdiff_t kRows = 256;

WallTime minute_of(WallTime time) noexcept {
  constexpr std::int64_t minute = 60'000'000'000;
  return WallTime{time.ns / minute * minute};
}

}  // namespace

Task<> KeyUses::load() {
  since_ = minute_of(state_.services().clock.wall());
  auto uses = co_await state_.store().key_uses();
  if (!uses) co_return uses.error();
  for (auto const& use : *uses)
    if (auto const key = state_.settings.directory.find_id(use.key_id)) key->last_used.touch(use.at);
  co_return boost::system::in_place_value;
}

Task<> KeyUses::keep() {
  auto const now = minute_of(state_.services().clock.wall());
  std::vector<store::KeyUse> moved;
  for (auto const& key : state_.keys)
    if (auto const at = key->last_used.get(); at >= since_) moved.emplace_back(key->id, at);
  for (auto from = moved.begin(); from != moved.end();) {
    auto const to = from + std::min(kRows, moved.end() - from);
    std::vector<store::KeyUse> some{std::make_move_iterator(from), std::make_move_iterator(to)};
    from = to;
    auto kept = co_await state_.store().note_used(std::move(some));
    if (!kept) co_return kept;
  }
  since_ = now;  // this minute is not over: who is used in it is written once more
  co_return boost::system::in_place_value;
}

Awaitable<> KeyUses::keep_on() {
  using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;
  Timer timer{co_await boost::asio::this_coro::executor};
  for (;;) {
    timer.expires_after(kEvery);
    auto [failed] = co_await timer.async_wait(use_tuple);
    if (failed) co_return;
    (void)co_await keep();  // a store that does not write says so itself; the next minute tries again
  }
}

}  // namespace tsg::admin
