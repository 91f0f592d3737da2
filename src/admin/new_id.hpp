// Ids of what is created. With an Idempotency-Key the id follows from it, so that a repeated create finds the
// first one in the store, also after a restart, instead of making a second.
#pragma once
#include <string>
#include <string_view>

#include "admin/call.hpp"
#include "admin/state.hpp"

namespace tsg::admin {

std::string random_base62(std::size_t count);
// prefix + 20 base62 characters: public, stable, no secret.
Result<std::string> id_of_create(State const& state, Call const& call, std::string_view prefix);
// The answer to the repetition: its secret was shown once, to who asked first.
Error made_before(std::string const& id);

}  // namespace tsg::admin
