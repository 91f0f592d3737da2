#include "surfaces/fields.hpp"

#include <simdjson.h>

#include <cmath>

namespace tsg::surfaces {
namespace {

std::string path(std::string_view at, std::string_view key) {
  return std::string{at}.append(key);
}

bool whole(dom::element v, std::int64_t& into) noexcept {
  if (v.get(into) == simdjson::SUCCESS) return true;
  double d = 0;
  if (v.get(d) != simdjson::SUCCESS || !(std::fabs(d) <= 9e15) || d != std::trunc(d)) return false;
  into = static_cast<std::int64_t>(d);
  return true;
}

struct Rule {
  bool ok;
  std::string_view text;
};

Rule rule_of(dom::element v, Kind kind) noexcept {
  std::int64_t n = 0;
  switch (kind) {
    case Kind::boolean:
      return {v.is_bool(), "must be a boolean"};
    case Kind::number:
      return {v.is_number(), "must be a number"};
    case Kind::integer:
      return {whole(v, n), "must be an integer"};
    case Kind::text:
      return {v.is_string(), "must be a string"};
    case Kind::list:
      return {v.is_array(), "must be an array"};
    case Kind::object:
      return {v.is_object(), "must be an object"};
    case Kind::text_or_object:
      return {v.is_string() || v.is_object(), "must be a string or an object"};
    case Kind::text_or_list:
      return {v.is_string() || v.is_array(), "must be a string or an array"};
  }
  return {false, "is not valid"};
}

}  // namespace

bool present(dom::object object, std::string_view key, dom::element& value) noexcept {
  return object[key].get(value) == simdjson::SUCCESS && !value.is_null();
}

Result<> check_kind(dom::object object, std::string_view at, std::string_view key, Kind kind) {
  dom::element v;
  if (!present(object, key, v)) return boost::system::in_place_value;
  auto const rule = rule_of(v, kind);
  if (!rule.ok) return wrong(path(at, key), rule.text);
  return boost::system::in_place_value;
}

Result<> read_bool(dom::object object, std::string_view at, std::string_view key, bool& into) {
  dom::element v;
  if (present(object, key, v) && v.get(into) != simdjson::SUCCESS)
    return wrong(path(at, key), "must be a boolean");
  return boost::system::in_place_value;
}

Result<> read_text(dom::object object, std::string_view at, std::string_view key, std::string& into) {
  dom::element v;
  if (!present(object, key, v)) return boost::system::in_place_value;
  std::string_view text;
  if (v.get(text) != simdjson::SUCCESS) return wrong(path(at, key), "must be a string");
  into = text;
  return boost::system::in_place_value;
}

Result<> read_integer(dom::object object, std::string_view key, std::int64_t low, std::int64_t high,
                      std::optional<std::int64_t>& into) {
  dom::element v;
  if (!present(object, key, v)) return boost::system::in_place_value;
  std::int64_t n = 0;
  if (!whole(v, n)) return wrong(std::string{key}, "must be an integer");
  if (n < low || n > high)
    return wrong(std::string{key}, "must be from " + std::to_string(low) + " to " + std::to_string(high));
  into = n;
  return boost::system::in_place_value;
}

}  // namespace tsg::surfaces
