#include "schema_fill.hpp"

#include <algorithm>
#include <cctype>

#include "fields.hpp"

namespace tsg::sim {
namespace {

constexpr int kDepthMax = 12;

Json fill(Json const& schema, Json const& root, int depth);

/// The type that decides; Gemini writes it in capitals, JSON Schema may list several.
std::string type_of(Json const& schema) {
  auto const& type = member(schema, "type");
  std::string name = type.is_string() ? type.get<std::string>() : "";
  if (type.is_array())
    for (auto const& entry : type)
      if (entry.is_string() && entry != "null" && name.empty()) name = entry.get<std::string>();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.empty() && schema.is_object() && schema.contains("properties")) return "object";
  return name;
}

Json fill_object(Json const& schema, Json const& root, int depth) {
  Json out = Json::object();
  auto const& properties = member(schema, "properties");
  auto const& required = member(schema, "required");
  if (!properties.is_object()) return out;
  for (auto const& [name, value] : properties.items()) {
    bool const needed =
        required.is_array() && std::find(required.begin(), required.end(), Json(name)) != required.end();
    if (needed || (required.empty() && depth < 3)) out[name] = fill(value, root, depth + 1);
  }
  return out;
}

Json fill_string(Json const& schema) {
  auto const format = string_or(schema, "format", "");
  if (format == "date") return "2026-01-02";
  if (format == "date-time") return "2026-01-02T03:04:05Z";
  if (format == "uuid") return "00000000-0000-4000-8000-000000000000";
  if (format == "email") return "sim@example.org";
  if (format == "uri") return "https://example.org/";
  std::string text = "sim";
  auto const shortest = std::clamp<std::int64_t>(int_or(schema, "minLength", 0), 0, 4096);
  auto const longest = std::max<std::int64_t>(int_or(schema, "maxLength", 4096), 0);
  if (static_cast<std::int64_t>(text.size()) < shortest) text.resize(static_cast<std::size_t>(shortest), 'x');
  if (static_cast<std::int64_t>(text.size()) > longest) text.resize(static_cast<std::size_t>(longest));
  return text;
}

Json fill_number(Json const& schema) {
  if (member(schema, "minimum").is_number()) return member(schema, "minimum");
  if (member(schema, "exclusiveMinimum").is_number_integer())
    return int_or(schema, "exclusiveMinimum", 0) + 1;
  if (member(schema, "maximum").is_number()) return member(schema, "maximum");
  return int_or(schema, "multipleOf", 1);
}

Json fill_array(Json const& schema, Json const& root, int depth) {
  Json out = Json::array();
  auto const count = std::clamp<std::int64_t>(int_or(schema, "minItems", 0), 0, 64);
  for (std::int64_t i = 0; i < count; ++i) out.push_back(fill(member(schema, "items"), root, depth + 1));
  return out;
}

Json fill(Json const& schema, Json const& root, int depth) {
  if (!schema.is_object() || depth > kDepthMax) return nullptr;
  if (auto const ref = string_or(schema, "$ref", ""); ref == "#")
    return fill(root, root, depth + 1);
  else if (ref.starts_with("#/")) {
    Json::json_pointer const pointer(ref.substr(1));
    return root.contains(pointer) ? fill(root[pointer], root, depth + 1) : Json(nullptr);
  }
  if (schema.contains("const")) return schema["const"];
  if (auto const& values = member(schema, "enum"); values.is_array() && !values.empty()) return values[0];
  for (char const* choice : {"anyOf", "oneOf", "allOf"})
    if (auto const& list = member(schema, choice); list.is_array() && !list.empty())
      return fill(list[0], root, depth + 1);
  auto const type = type_of(schema);
  if (type == "object") return fill_object(schema, root, depth);
  if (type == "array") return fill_array(schema, root, depth);
  if (type == "string") return fill_string(schema);
  if (type == "integer" || type == "number") return fill_number(schema);
  if (type == "boolean") return true;
  return type == "null" ? Json(nullptr) : Json::object();
}

}  // namespace

Json fill_schema(Json const& schema) {
  auto value = fill(schema, schema, 0);
  return value.is_null() ? Json::object() : value;
}

}  // namespace tsg::sim
