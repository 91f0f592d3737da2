#include "admin/openapi.hpp"

#include <nlohmann/json.hpp>

#include "admin/route.hpp"
#include "tsg/json/value.hpp"

namespace tsg::embedded {
std::string_view admin_schemas_json();
}

namespace tsg::admin {
namespace {

using Json = nlohmann::ordered_json;

std::string method_key(http::Method method) {
  std::string name{http::to_string(method)};
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return name;
}

// What each route takes and gives: {"operations": {"POST /orgs": {"request", "response", "query"}},
// "schemas"}.
Json const& shapes() {
  static Json const all = json::own_ordered(embedded::admin_schemas_json());
  return all;
}

Json const& shape_of(Route const& route) {
  static Json const none = Json::object();
  auto const name = std::string{http::to_string(route.method)} + " " +
                    std::string{route.path.substr(std::string_view{"/admin/v1"}.size())};
  auto const it = shapes()["operations"].find(name);
  return it == shapes()["operations"].end() ? none : *it;
}

// "Org" → its schema, "[Org]" → a page of them.
Json schema_of(std::string_view name) {
  if (!name.starts_with('[')) return {{"$ref", "#/components/schemas/" + std::string{name}}};
  Json page;
  page["type"] = "object";
  page["required"] = {"data", "next_cursor"};
  page["properties"]["data"] = {{"type", "array"}, {"items", schema_of(name.substr(1, name.size() - 2))}};
  page["properties"]["next_cursor"] = {{"type", {"string", "null"}}};
  page["additionalProperties"] = false;
  return page;
}

// "{org}" → a path parameter.
Json path_parameters(std::string_view path) {
  Json out = Json::array();
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
    auto const name = path.substr(open + 1, path.find('}', open) - open - 1);
    out.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return out;
}

Json roles_of(Roles roles) {
  Json out = Json::array();
  for (std::size_t i = 0; i < kRoleNames.size(); ++i)
    if (roles.has(static_cast<Role>(i))) out.push_back(kRoleNames[i]);
  return out;
}

Json operation(Route const& route) {
  auto const& shape = shape_of(route);
  Json out;
  out["summary"] = route.summary;
  out["parameters"] = path_parameters(route.path);
  for (auto const& name : shape.value("query", Json::array()))
    out["parameters"].push_back(
        {{"name", name}, {"in", "query"}, {"required", false}, {"schema", {{"type", "string"}}}});
  if (shape.contains("request"))
    out["requestBody"]["content"]["application/json"]["schema"] =
        schema_of(shape["request"].get<std::string>());
  Json done = {{"description", "Done"}};
  done["content"]["application/json"]["schema"] =
      shape.contains("response") ? schema_of(shape["response"].get<std::string>()) : Json{{"type", "object"}};
  out["responses"]["2XX"] = std::move(done);
  out["responses"]["default"] = {{"$ref", "#/components/responses/Error"}};
  out["x-tsg-roles"] = roles_of(route.roles);
  out["x-tsg-all-organisations"] = route.reach == Reach::global;
  out["x-tsg-below-organisation"] = route.reach == Reach::below;
  return out;
}

}  // namespace

Json openapi() {
  Json out;
  out["openapi"] = "3.1.0";
  out["info"] = {{"title", "ThreadSync LLM Gateway, admin API"}, {"version", "1"}};
  out["security"] = Json::array({{{"token", Json::array()}}});
  for (auto const& route : routes())
    out["paths"][std::string{route.path}][method_key(route.method)] = operation(route);
  auto& components = out["components"];
  components["securitySchemes"]["token"] = {{"type", "http"}, {"scheme", "bearer"}};
  components["schemas"] = shapes()["schemas"];
  auto& error = components["schemas"]["Error"];
  error["type"] = "object";
  error["required"] = {"error"};
  auto& members = error["properties"]["error"];
  members["type"] = "object";
  members["required"] = {"message", "type", "param", "code"};
  members["properties"] = {{"message", {{"type", "string"}}},
                           {"type", {{"type", "string"}}},
                           {"param", {{"type", {"string", "null"}}}},
                           {"code", {{"type", "string"}}}};
  auto& response = components["responses"]["Error"];
  response["description"] = "Refused: the message says which field and what to do";
  response["content"]["application/json"]["schema"] = {{"$ref", "#/components/schemas/Error"}};
  return out;
}

}  // namespace tsg::admin
