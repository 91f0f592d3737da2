// The folder of the database: its owner's alone, and nobody else's.
#pragma once
#include <filesystem>
#include <string>

#include "tsg/core/error.hpp"

namespace tsg::store {

// Makes it with mode 0700. One that exists is used as it is where it is closed to others; it is closed (0700)
// where that shuts nobody out: it is this user's, others may not write into it, and it is empty or has a
// tsg.db of this user. Anything else is refused and left alone: a folder that was given by mistake may be
// anybody's.
Result<> take_data_dir(std::filesystem::path const& folder);

// A file of the store, beside database and head, that is there and is no regular file: opening a pipe would
// wait for ever, and through a link something else would be written. "" = none.
std::string odd_file(std::filesystem::path const& folder);

}  // namespace tsg::store
