#include "governance/fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/json/document.hpp"
#include "tsg/json/value.hpp"

namespace tsg::governance {

Error wrong(std::string const& field, std::string const& rule) {
  return Error{Errc::bad_request, "'" + field + "' " + rule + ".", field};
}

Result<nlohmann::json> parse_object(std::string_view text) {
  json::Limits limits;
  limits.depth_max = 16;
  auto checked = json::Document::parse(std::string{text}, limits);
  if (!checked) return checked.error();
  auto parsed = json::parse_value(checked->text());
  if (!parsed.is_object()) return Error{Errc::bad_request, "The document must be a JSON object."};
  return Result<nlohmann::json>{boost::system::in_place_value, std::move(parsed)};
}

Fields::Fields(nlohmann::json const& object, std::string prefix)
    : object_{object}, prefix_{std::move(prefix)} {
  if (!object.is_object()) fail("", "must be an object");
}

void Fields::fail(std::string_view field, std::string const& rule) {
  auto where = name(field);
  if (!where.empty() && where.back() == '.') where.pop_back();
  fail(wrong(where, rule));
}

nlohmann::json const* Fields::find(char const* field) {
  known_.emplace_back(field);
  if (error_) return nullptr;
  auto const it = object_.find(field);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

std::optional<bool> Fields::flag(char const* field) {
  auto const* v = find(field);
  if (!v) return std::nullopt;
  if (!v->is_boolean()) return fail(field, "must be true or false"), std::nullopt;
  return v->get<bool>();
}

std::optional<std::int64_t> Fields::integer(char const* field, std::int64_t min, std::int64_t max) {
  auto const* v = find(field);
  if (!v) return std::nullopt;
  bool const fits = v->is_number_integer() &&
                    (!v->is_number_unsigned() || v->get<std::uint64_t>() <= INT64_MAX) &&
                    v->get<std::int64_t>() >= min && v->get<std::int64_t>() <= max;
  if (!fits) {
    fail(field, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return v->get<std::int64_t>();
}

std::optional<std::string> Fields::text(char const* field, std::size_t max_bytes) {
  auto const* v = find(field);
  if (!v) return std::nullopt;
  if (!v->is_string() || v->get_ref<std::string const&>().empty() ||
      v->get_ref<std::string const&>().size() > max_bytes) {
    fail(field, "must be a non-empty string of at most " + std::to_string(max_bytes) + " bytes");
    return std::nullopt;
  }
  return v->get<std::string>();
}

std::optional<std::vector<std::string>> Fields::texts(char const* field, std::size_t max_items,
                                                      std::size_t max_bytes) {
  auto const* list = array(field, max_items);
  if (!list) return std::nullopt;
  std::vector<std::string> out;
  for (auto const& item : *list) {
    if (!item.is_string() || item.get_ref<std::string const&>().empty() ||
        item.get_ref<std::string const&>().size() > max_bytes) {
      fail(field, "must be an array of non-empty strings of at most " + std::to_string(max_bytes) + " bytes");
      return std::nullopt;
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

nlohmann::json const* Fields::object(char const* field) {
  auto const* v = find(field);
  if (v && !v->is_object()) return fail(field, "must be an object"), nullptr;
  return v;
}

nlohmann::json const* Fields::array(char const* field, std::size_t max_items) {
  auto const* v = find(field);
  if (!v) return nullptr;
  if (!v->is_array()) return fail(field, "must be an array"), nullptr;
  if (v->size() > max_items)
    return fail(field, "has more than " + std::to_string(max_items) + " entries"), nullptr;
  return v;
}

Result<> Fields::finish() {
  if (error_) return *error_;
  for (auto const& [key, value] : object_.items())
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      std::string all;
      for (auto const k : known_) all += (all.empty() ? "" : ", ") + std::string{k};
      return wrong(name(key.substr(0, 100)), "is not a member here; there are: " + all);
    }
  return boost::system::in_place_value;
}

}  // namespace tsg::governance
