#include "admin/openapi.hpp"

#include "admin/route.hpp"

namespace tsg::admin {
namespace {

using Json = nlohmann::ordered_json;

std::string method_key(http::Method method) {
  std::string name{http::to_string(method)};
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return name;
}

// "{org}" → a path parameter.
Json parameters_of(std::string_view path) {
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
  Json out;
  out["summary"] = route.summary;
  out["parameters"] = parameters_of(route.path);
  bool const writes = route.method == http::Method::post || route.method == http::Method::put ||
                      route.method == http::Method::patch;
  if (writes) out["requestBody"]["content"]["application/json"]["schema"] = {{"type", "object"}};
  Json done = {{"description", "Done"}};
  done["content"]["application/json"]["schema"] = {{"type", "object"}};
  out["responses"]["2XX"] = std::move(done);
  out["responses"]["default"] = {{"$ref", "#/components/responses/Error"}};
  out["x-tsg-roles"] = roles_of(route.roles);
  out["x-tsg-all-organisations"] = route.reach == Reach::global;
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
