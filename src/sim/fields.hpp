// Table-driven checks of a native request body.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "api.hpp"

namespace tsg::sim {

enum FieldType : unsigned {
  kString = 1,
  kInteger = 2,
  kNumber = 4,
  kBoolean = 8,
  kArray = 16,
  kObject = 32,
  kNull = 64,
  kAny = 127,
};

struct Field {
  std::string_view name;
  unsigned types;
  bool required = false;
};

/// First fault against the table: missing, wrong type, and (if `closed`) unknown members.
std::optional<Problem> check_fields(Json const& object, std::span<Field const> fields, bool closed);

std::string_view type_name(Json const& value);

/// Text of a content member: a string, or an array of parts with `text`.
std::string text_of(Json const& content);

std::int64_t int_or(Json const& object, std::string_view name, std::int64_t fallback);
std::string string_or(Json const& object, std::string_view name, std::string_view fallback);
bool bool_or(Json const& object, std::string_view name, bool fallback);
Json const& member(Json const& object, std::string_view name);  // a null when absent

}  // namespace tsg::sim
