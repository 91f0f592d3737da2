// Requests without a valid token leave a record each (ASVS 16.3.1), beyond a rate per network one that
// counts: whoever guesses must not be able to fill the audit log.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "pipeline/strangers.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

class FailedLogins {
 public:
  explicit FailedLogins(State& state) : state_{state} {}
  // Writes the record before the refusal is answered. The admin thread's.
  Awaitable<> note(Call& call);

 private:
  Awaitable<> flush_later();
  State& state_;
  pipeline::Strangers strangers_;
  bool flush_scheduled_ = false;
};

}  // namespace tsg::admin
