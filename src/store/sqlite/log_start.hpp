// How a start finds the log: whole, contradicting what was signed, or with less than the folder knows of.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "store/dispatch_map.hpp"
#include "store/sqlite/books.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/error.hpp"

namespace tsg::store {

struct LogStart {
  std::filesystem::path data_dir;
  std::string node, software;
  crypto::PublicKey key{};
  crypto::SecretKey const* record_key = nullptr;  // audit::record_key()
  std::vector<std::string> new_meta;              // rows of `meta` that this start has just made
};

// Does the folder hold anything of an earlier life? Asked before the start makes anything itself.
bool lived_in(std::filesystem::path const& data_dir);

// Genesis where nothing was before; a new epoch that says what is missing where something was; holds that the
// last process left open. One transaction. An error: the log contradicts its signed head or is damaged.
Result<Recovery> start_log(Db& db, Books& books, DispatchMap& dispatch, Clock const& clock,
                           LogStart const& setup);

}  // namespace tsg::store
