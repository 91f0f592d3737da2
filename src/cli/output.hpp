// Tables for people, JSON for scripts. Names in them are others' words: a model's as its provider reports it,
// a key's as its owner wrote it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/json/value.hpp"

namespace tsg::cli {

// Rows are objects; columns name their members. Lists are joined by commas, null and absent are "-". What is
// not printable is shown as an escape, wherever the table goes.
std::string table(nlohmann::ordered_json const& rows, std::vector<std::string> const& columns);

// To standard output. On a terminal what is not printable is shown as an escape, except line breaks; a file
// or a program gets every byte.
void put(std::string_view text);

}  // namespace tsg::cli
