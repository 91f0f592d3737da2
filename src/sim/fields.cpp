#include "fields.hpp"

namespace tsg::sim {
namespace {

unsigned type_bit(Json const& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return kString;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return kInteger | kNumber;
    case Json::value_t::number_float:
      return kNumber;
    case Json::value_t::boolean:
      return kBoolean;
    case Json::value_t::array:
      return kArray;
    case Json::value_t::object:
      return kObject;
    default:
      return kNull;
  }
}

Field const* find_field(std::span<Field const> fields, std::string_view name) {
  for (auto const& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

std::string expected(unsigned types) {
  if ((types & kArray) != 0) return "an array";
  if ((types & kObject) != 0) return "an object";
  if ((types & kString) != 0) return "a string";
  if ((types & kInteger) != 0) return "an integer";
  if ((types & kNumber) != 0) return "a decimal";
  return "a boolean";
}

}  // namespace

std::string_view type_name(Json const& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return "a string";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a decimal";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::object:
      return "an object";
    default:
      return "null";
  }
}

std::optional<Problem> check_fields(Json const& object, std::span<Field const> fields, bool closed) {
  for (auto const& [name, value] : object.items()) {
    auto const* field = find_field(fields, name);
    if (field == nullptr) {
      if (closed) return Problem{ErrorKind::unknown_field, {}, name, {}, -1};
      continue;
    }
    if ((type_bit(value) & field->types) == 0) {
      auto message =
          "expected " + expected(field->types) + ", but got " + std::string(type_name(value)) + " instead";
      return Problem{ErrorKind::wrong_type, std::move(message), name, {}, -1};
    }
  }
  for (auto const& field : fields)
    if (field.required && !object.contains(field.name))
      return Problem{ErrorKind::missing, {}, std::string(field.name), {}, -1};
  return std::nullopt;
}

Json const& member(Json const& object, std::string_view name) {
  static Json const null;
  if (!object.is_object()) return null;
  auto const at = object.find(name);
  return at == object.end() ? null : *at;
}

std::string text_of(Json const& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (content.is_array())
    for (auto const& part : content) out += string_or(part, "text", "");
  return out;
}

std::int64_t int_or(Json const& object, std::string_view name, std::int64_t fallback) {
  auto const& value = member(object, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : fallback;
}

std::string string_or(Json const& object, std::string_view name, std::string_view fallback) {
  auto const& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string(fallback);
}

bool bool_or(Json const& object, std::string_view name, bool fallback) {
  auto const& value = member(object, name);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

}  // namespace tsg::sim
