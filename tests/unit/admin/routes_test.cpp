#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "admin/openapi.hpp"
#include "admin/route.hpp"
#include "tsg/audit/record.hpp"

namespace tsg::admin {
namespace {

std::string text_of(std::filesystem::path const& file) {
  std::ifstream in{file};
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

// One line of the table in src/admin/ROLES.md.
std::string row(Route const& r) {
  std::string out = "| " + std::string{http::to_string(r.method)} + " | `" +
                    std::string{r.path.substr(std::string_view{"/admin/v1"}.size())} + "` |";
  for (std::size_t i = 0; i < kRoleNames.size(); ++i)
    out += r.roles.has(static_cast<Role>(i)) ? " x |" : " |";
  return out + (r.reach == Reach::global ? " all |" : r.reach == Reach::below ? " below |" : " own |");
}

TEST(AdminRoutes, TheTableOfTheReadmeIsTheTableOfTheCode) {
  auto const readme = text_of(std::filesystem::path{__FILE__}.parent_path() / "../../../src/admin/ROLES.md");
  ASSERT_FALSE(readme.empty());
  std::set<std::string> documented, real;
  std::istringstream lines{readme};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("| GET ") || line.starts_with("| POST ") || line.starts_with("| PUT ") ||
        line.starts_with("| PATCH ") || line.starts_with("| DELETE "))
      documented.insert(line);
  for (auto const& r : routes()) real.insert(row(r));
  for (auto const& line : real) EXPECT_TRUE(documented.contains(line)) << "missing in the README: " << line;
  for (auto const& line : documented) EXPECT_TRUE(real.contains(line)) << "only in the README: " << line;
}

TEST(AdminRoutes, TheOpenApiDocumentNamesExactlyTheRoutes) {
  auto const document = openapi();
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::size_t count = 0;
  for (auto const& [path, methods] : document["paths"].items()) count += methods.size();
  EXPECT_EQ(count, routes().size()) << "a route is there twice, or hides another";
  for (auto const& r : routes()) {
    std::string method{http::to_string(r.method)};
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    auto const& operation = document["paths"][std::string{r.path}][method];
    ASSERT_TRUE(operation.is_object()) << r.path;
    EXPECT_FALSE(operation["summary"].get<std::string>().empty());
    auto const in_path = std::count_if(operation["parameters"].begin(), operation["parameters"].end(),
                                       [](auto const& p) { return p["in"] == "path"; });
    EXPECT_EQ(in_path, std::count(r.path.begin(), r.path.end(), '{')) << r.path;
  }
}

// That the shapes are true is what tests/integration/test_openapi.py asks the running API.
TEST(AdminRoutes, TheOpenApiDocumentHasAShapeForEveryBodyAndEveryShapeIsUsed) {
  auto const document = openapi();
  auto const& schemas = document["components"]["schemas"];
  std::set<std::string> used;
  auto const text = document.dump();
  std::string const prefix = "#/components/schemas/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    auto const from = at + prefix.size();
    used.insert(text.substr(from, text.find('"', from) - from));
  }
  for (auto const& name : used) EXPECT_TRUE(schemas.contains(name)) << "no schema " << name;
  for (auto const& [name, schema] : schemas.items())
    EXPECT_TRUE(used.contains(name)) << name << " is not used";
  for (auto const& [path, methods] : document["paths"].items())
    for (auto const& [method, operation] : methods.items()) {
      auto const& answer = operation["responses"]["2XX"]["content"]["application/json"]["schema"];
      EXPECT_FALSE(answer == nlohmann::ordered_json({{"type", "object"}}))
          << method << " " << path << ": add it to src/admin/schemas.json";
      bool const writes = method == "post" || method == "put" || method == "patch";
      EXPECT_EQ(operation.contains("requestBody"), writes) << method << " " << path;
    }
}

TEST(AdminRoutes, ReadingChangesNothingAndWritingIsNotForReaders) {
  for (auto const& r : routes()) {
    bool const writes = r.method != http::Method::get;
    EXPECT_TRUE(r.roles.has(Role::owner)) << r.path;
    EXPECT_FALSE(writes && r.roles.has(Role::viewer)) << r.path;
    EXPECT_FALSE(writes && r.roles.has(Role::metrics)) << r.path;
  }
}

// A tenant's admin once enabled its own disabled organisation, raised the budget it was given, and took a
// discount of 100 %: what binds an organisation is not for its own tokens to change.
TEST(AdminRoutes, NoTokenOfOneOrganisationSetsWhatTheOrganisationIsBoundBy) {
  for (auto const& r : routes()) {
    if (r.method == http::Method::get || r.path.ends_with("/test")) continue;
    if (r.path.find("{level}") != r.path.npos) {
      EXPECT_EQ(r.reach, r.path.find("/prices/") == r.path.npos ? Reach::below : Reach::global) << r.path;
    }
    if (r.path.ends_with("/orgs") || r.path.ends_with("/orgs/{org}")) {
      EXPECT_EQ(r.reach, Reach::global);
    }
  }
}

TEST(AdminRoutes, TemplatesMatchWholeSegments) {
  std::vector<std::string> params;
  EXPECT_TRUE(match("/admin/v1/orgs/{org}/teams", "/admin/v1/orgs/acme/teams", params));
  EXPECT_EQ(params, std::vector<std::string>{"acme"});
  EXPECT_FALSE(match("/admin/v1/orgs/{org}", "/admin/v1/orgs/", params));
  EXPECT_FALSE(match("/admin/v1/orgs/{org}", "/admin/v1/orgs/a/b", params));
  EXPECT_FALSE(match("/admin/v1/orgs", "/admin/v1/orgs/", params));
  EXPECT_FALSE(match("/admin/v1/orgs", "/admin/v1/orgsx", params));
}

TEST(Roles, NamesComeBack) {
  for (auto const name : kRoleNames) EXPECT_EQ(to_string(*role_from(name)), name);
  EXPECT_FALSE(role_from("root"));
}

// Programs are generated from it: a member that is written and not described would be lost to them.
TEST(AdminRoutes, TheOpenApiDocumentDescribesEveryMemberOfARecord) {
  audit::Record r;
  r.time = *parse_rfc3339("2026-11-24T08:00:00Z");
  r.request_id = RequestId::parse("01900000-0000-7000-8000-000000000000");
  for (auto* text : {&r.original_request_id,
                     &r.correlation_id,
                     &r.trace_id,
                     &r.org,
                     &r.team,
                     &r.environment,
                     &r.key_id,
                     &r.actor,
                     &r.client_net,
                     &r.path,
                     &r.route,
                     &r.model_requested,
                     &r.model_served,
                     &r.provider,
                     &r.credential,
                     &r.verdict,
                     &r.rule,
                     &r.code,
                     &r.policy_version,
                     &r.price_version,
                     &r.catalog_version,
                     &r.commitment_request,
                     &r.commitment_response,
                     &r.detail})
    *text = "x";
  r.matched.emplace_back("policy", "rule", "effect");
  r.limits.emplace_back("limit", 1, 1);
  r.candidates.emplace_back("target", "chosen");
  auto& attempt = r.attempts.emplace_back();
  attempt.target = attempt.credential = attempt.stage = attempt.outcome = "x";
  attempt.status = 200;
  attempt.cost = Nano{1};
  r.usage.emplace_back("input", 1, Nano{1});
  r.cost = Nano{1};
  r.dropped_parameters = {"seed"};
  r.routing_json = r.before_json = r.after_json = "{}";
  r.stream = r.estimated = r.replayed = true;
  r.complete = true;
  r.status = 200;
  r.count = 1;
  r.latency_total_us = r.latency_first_byte_us = r.latency_upstream_us = 1;
  std::string fields;
  audit::append_fields(fields, r);
  auto const record = nlohmann::ordered_json::parse("{" + fields + "}");
  auto const document = openapi();
  auto const& members = document["components"]["schemas"]["AuditRecord"]["properties"];
  EXPECT_GE(record.size(), 40u) << "members at every value";
  for (auto const& [name, value] : record.items()) {
    ASSERT_TRUE(members.contains(name)) << name << " is written, and not described";
    auto const& schema = members[name];
    bool const rows = value.is_array() && value.front().is_object();
    auto const& object = rows ? value.front() : value;
    auto const& described = rows ? schema["items"] : schema;
    if (!object.is_object() || !described.contains("properties")) continue;
    for (auto const& [inner, _] : object.items())
      EXPECT_TRUE(described["properties"].contains(inner)) << name << ": " << inner;
  }
}

}  // namespace
}  // namespace tsg::admin
