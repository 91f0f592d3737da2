// The counters of budgets, one per level and window, in memory; pure. What a level had spent before anybody
// asked for it is derived from rows by its owner: no job resets anything, and a new window begins by itself.
#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tsg/store/store.hpp"

namespace tsg::store {

struct Party {  // whose request, and when it began: which levels it counts in
  std::string_view key_id, org, team, environment;
  std::int64_t time_ms = 0;
};
Party party_of(Admission const& a) noexcept;  // views into `a`
bool covers(BudgetRef const& level, Party const& who) noexcept;

constexpr int kAllUsed = 100;                               // percent
bool reached(Nano used, Nano limit, int percent) noexcept;  // used >= percent of limit, exactly

struct BudgetAlert {
  BudgetRef level;
  int percent = 0;
  Nano settled, held;
  std::optional<Nano> refused;  // a request for so much more found no room: nothing left for it is all used
  std::string org, team;        // of the request that met it: a key's are in no scope id
};
// The audit record of an alert, ready to be sent on as an event.
std::string alert_fields(BudgetAlert const& alert, WallTime now);
Error out_of_budget(BudgetRef const& level, Nano settled, Nano held, Nano needed);

class Levels {
 public:
  struct Spent {
    Nano settled, held;
    std::vector<int> alerted;  // percentages of this window that were reported before
  };
  using Derive = std::function<Spent(BudgetRef const&)>;
  explicit Levels(Derive derive) : derive_{std::move(derive)} {}

  // The first level without room for `amount` more (BUD-2); all or none, so nothing is changed here.
  std::optional<Error> refuse(std::vector<BudgetRef> const& levels, Nano amount);
  // A request has ended for lack of room: to who pays that is 100 percent, though a little is left (BUD-10).
  void ran_out(std::vector<BudgetRef> const& levels, Party const& who, Nano amount);
  Nano room(std::vector<BudgetRef> const& levels);  // of the fullest; never below zero
  void hold(Party const& who, Nano amount);
  void settle(Party const& who, Nano held, Nano cost);
  std::vector<BudgetAlert> take_alerts() { return std::exchange(alerts_, {}); }
  BudgetState state(BudgetRef const& level);

 private:
  struct Level {
    BudgetRef ref;  // as last asked for: limit and alerts may change within a window
    Nano settled, held;
    std::vector<int> alerted;
  };
  Level& find(BudgetRef const& ref);
  template <class F>
  void each(Party const& who, F fn);
  void watch(Level& level, Party const& who);
  void report(Level& level, Party const& who, int percent, std::optional<Nano> refused = {});

  Derive derive_;
  std::unordered_map<std::string, Level> levels_;  // only those that somebody has asked for
  std::string name_;                               // scratch
  std::vector<BudgetAlert> alerts_;
};

}  // namespace tsg::store
