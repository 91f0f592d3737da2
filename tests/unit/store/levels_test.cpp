// The counters that keep a budget, against sums over a plain list: a million random steps in any order of
// admissions, settlements, raises, window changes and forgetting (a restart) must keep held + settled within
// the limit, and agree to the nano-dollar.
#include "store/levels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace tsg::store {
namespace {

constexpr std::int64_t kWindow = 1000;

struct Request {
  std::size_t key = 0;
  std::int64_t time_ms = 0;
  Nano hold;
};

// Three keys in two teams of one organisation; every key has its own environment.
constexpr std::array<std::string_view, 3> kKeys{"key_a", "key_b", "key_c"};
constexpr std::array<std::string_view, 3> kTeams{"x", "x", "y"};
constexpr std::array<std::string_view, 3> kEnvironments{"prod", "dev", "prod"};

Party party(std::size_t key, std::int64_t time_ms) {
  Party p;
  p.key_id = kKeys[key];
  p.org = "acme";
  p.team = kTeams[key];
  p.environment = kEnvironments[key];
  p.time_ms = time_ms;
  return p;
}

BudgetRef level(std::string scope, std::string id, std::int64_t limit, std::int64_t at,
                std::string env = {}) {
  BudgetRef b;
  b.scope = std::move(scope);
  b.scope_id = std::move(id);
  b.environment = std::move(env);
  b.window_start_ms = at - at % kWindow;
  b.window_end_ms = b.window_start_ms + kWindow;
  b.limit = Nano{limit};
  b.alerts_percent = {50, 80, 100};
  return b;
}

std::vector<BudgetRef> levels_of(std::size_t key, std::int64_t at) {
  std::string const team = "acme." + std::string{kTeams[key]};
  return {level("org", "acme", 40'000, at), level("team", team, 25'000, at),
          level("team", team, 18'000, at, std::string{kEnvironments[key]}),
          level("key", std::string{kKeys[key]}, 12'000, at)};
}

class Model {
 public:
  Model() : levels{[this](BudgetRef const& ref) { return spent(ref); }} {}

  Levels::Spent spent(BudgetRef const& ref) const {  // the truth, from rows
    Levels::Spent out;
    for (auto const& r : open)
      if (covers(ref, party(r.key, r.time_ms))) out.held += r.hold;
    for (auto const& r : settled)
      if (covers(ref, party(r.key, r.time_ms))) out.settled += r.hold;
    return out;
  }

  std::vector<Request> open, settled;  // of settled ones, `hold` is the cost
  Levels levels;
};

TEST(Levels, aMillionRandomStepsNeverPassALimitAndAgreeWithTheRows) {
  std::mt19937 random{20261124};  // NOLINT: the same steps on every run
  auto const pick = [&](std::int64_t n) { return static_cast<std::int64_t>(random()) % n; };
  Model m;
  std::int64_t now = 0;
  std::size_t admitted = 0, refused = 0, restarts = 0, checks = 0;
  for (int step = 0; step < 1'000'000; ++step) {
    if (pick(4) == 0) now += pick(3);
    if (pick(5000) == 0) now -= std::min<std::int64_t>(now, 40);  // the clock steps back, over a border too
    if (pick(20'000) == 0) {  // a restart: counters are forgotten, rows are not
      m.levels = Levels{[&m](BudgetRef const& ref) { return m.spent(ref); }};
      ++restarts;
    }
    auto const key = static_cast<std::size_t>(pick(3));
    auto const levels = levels_of(key, now);
    if (m.open.empty() || (m.open.size() < 60 && pick(2) == 0)) {
      Request const r{key, now, Nano{pick(900)}};
      if (m.levels.refuse(levels, r.hold)) {
        ++refused;
      } else {
        m.levels.hold(party(r.key, r.time_ms), r.hold);
        m.open.push_back(r);
        ++admitted;
      }
    } else {
      auto const at = m.open.begin() + pick(static_cast<std::int64_t>(m.open.size()));
      auto const whole = levels_of(at->key, at->time_ms);
      if (pick(3) == 0) {  // a dearer target, in the window of the request's start
        Nano const more{pick(300)};
        if (!m.levels.refuse(whole, more)) {
          at->hold += more;
          m.levels.hold(party(at->key, at->time_ms), more);
        }
      } else {
        Nano const cost{pick(at->hold.v + 1)};  // at most what was held
        m.levels.settle(party(at->key, at->time_ms), at->hold, cost);
        m.settled.push_back({at->key, at->time_ms, cost});
        *at = m.open.back();
        m.open.pop_back();
      }
    }
    // Rows of windows nobody can come back to are no longer needed to check.
    if (m.settled.size() > 4000)
      std::erase_if(m.settled, [&](Request const& r) { return r.time_ms < now - 2 * kWindow - 50; });
    for (auto const& ref : levels) {
      auto const s = m.levels.state(ref);
      ASSERT_LE(s.settled.v + s.held.v, ref.limit.v) << step << ' ' << ref.scope;
    }
    if (step % 500 != 0) continue;
    ++checks;
    for (auto const& ref : levels) {
      auto const s = m.levels.state(ref);
      auto const truth = m.spent(ref);
      ASSERT_EQ(s.settled, truth.settled) << step << ' ' << ref.scope;
      ASSERT_EQ(s.held, truth.held) << step << ' ' << ref.scope;
    }
  }
  EXPECT_GT(admitted, 20'000u);
  EXPECT_GT(refused, 10'000u) << "limits were never met: the walk proves nothing";
  EXPECT_GT(restarts, 10u);
  EXPECT_EQ(checks, 2000u);
}

TEST(Levels, zeroIsNothingAndTheLimitItselfFits) {
  Levels levels{[](BudgetRef const&) { return Levels::Spent{}; }};
  EXPECT_TRUE(levels.refuse({level("key", "key_a", 0, 5)}, Nano{1}));
  EXPECT_FALSE(levels.refuse({level("key", "key_a", 0, 5)}, Nano{0})) << "what costs nothing needs nothing";
  EXPECT_FALSE(levels.refuse({level("org", "acme", 7, 5)}, Nano{7}));
  EXPECT_TRUE(levels.refuse({level("org", "acme", 7, 5)}, Nano{8}));
}

TEST(Levels, aLimitLoweredBelowWhatIsHeldDeniesNewOnesOnly) {
  Levels levels{[](BudgetRef const&) { return Levels::Spent{}; }};
  ASSERT_FALSE(levels.refuse({level("key", "key_a", 100, 5)}, Nano{60}));
  levels.hold(party(0, 5), Nano{60});
  auto const lowered = level("key", "key_a", 50, 5);
  EXPECT_TRUE(levels.refuse({lowered}, Nano{1}));
  levels.settle(party(0, 5), Nano{60}, Nano{60});
  EXPECT_EQ(levels.state(lowered).settled, Nano{60});
}

TEST(Levels, aTeamIsNotAnotherWhoseNameItContains) {
  Party who;
  who.org = "a";
  who.team = "b";
  who.time_ms = 5;
  EXPECT_TRUE(covers(level("team", "a.b", 1, 5), who));
  EXPECT_FALSE(covers(level("team", "a.bb", 1, 5), who));
  EXPECT_FALSE(covers(level("team", "aa.b", 1, 5), who));
  EXPECT_FALSE(covers(level("org", "a.b", 1, 5), who));
  EXPECT_FALSE(covers(level("team", "a.b", 1, 5 + kWindow), who)) << "another window";
}

TEST(Levels, aPercentageIsReachedExactly) {
  EXPECT_TRUE(reached(Nano{50}, Nano{100}, 50));
  EXPECT_FALSE(reached(Nano{49}, Nano{100}, 50));
  EXPECT_TRUE(reached(Nano{INT64_MAX}, Nano{INT64_MAX}, 100)) << "without overflow";
  EXPECT_FALSE(reached(Nano{INT64_MAX - 1}, Nano{INT64_MAX}, 100));
}

}  // namespace
}  // namespace tsg::store
