#include "pipeline/endpoints.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

using Kind = Endpoint::Kind;

Found find(http::Method method, std::string_view path) {
  http::RequestHead head;
  head.method = method;
  head.path = path;
  return find_endpoint(head);
}

TEST(Endpoints, EachPathOfTheContractIsServedByItsMethod) {
  struct Row {
    http::Method method;
    std::string_view path, name;
    Kind kind;
  };
  for (Row const& row : {Row{http::Method::post, "/v1/chat/completions", "/v1/chat/completions", Kind::chat},
                         Row{http::Method::post, "/v1/embeddings", "/v1/embeddings", Kind::embeddings},
                         Row{http::Method::get, "/v1/models", "/v1/models", Kind::models},
                         Row{http::Method::get, "/v1/models/gpt-4o", "/v1/models/{id}", Kind::model},
                         Row{http::Method::get, "/v1/models/openai/gpt-4o", "/v1/models/{id}", Kind::model},
                         Row{http::Method::head, "/v1/models", "/v1/models", Kind::models},
                         Row{http::Method::get, "/v1/usage", "/v1/usage", Kind::usage}}) {
    auto const found = find(row.method, row.path);
    ASSERT_NE(found.endpoint, nullptr) << row.path;
    EXPECT_EQ(found.endpoint->kind, row.kind) << row.path;
    EXPECT_EQ(found.endpoint->name, row.name)
        << "the label of metrics is the template, never a client's text";
    EXPECT_EQ(found.allow, "") << row.path;
  }
}

TEST(Endpoints, AnotherMethodIsToldWhichOnesThereAre) {
  EXPECT_EQ(find(http::Method::get, "/v1/chat/completions").allow, "POST");
  EXPECT_EQ(find(http::Method::head, "/v1/chat/completions").allow, "POST");
  EXPECT_EQ(find(http::Method::post, "/v1/models").allow, "GET, HEAD");
  EXPECT_EQ(find(http::Method::del, "/v1/usage").allow, "GET, HEAD");
}

TEST(Endpoints, PathsThatOnlyLookAlikeAreUnknown) {
  for (auto const* path : {"/", "/v1", "/v1/chat/completion", "/V1/models", "/v1/modelsx", "/v2/models",
                           "/admin/v1/keys", "/metrics"})
    EXPECT_EQ(find(http::Method::get, path).endpoint, nullptr) << path;
}

TEST(Endpoints, ASlashAtTheEndChangesNothing) {
  EXPECT_EQ(find(http::Method::get, "/v1/models/").endpoint->kind, Kind::models);
  EXPECT_EQ(find(http::Method::post, "/v1/chat/completions/").endpoint->kind, Kind::chat);
  EXPECT_EQ(find(http::Method::post, "/v1/embeddings/").endpoint->kind, Kind::embeddings);
  EXPECT_EQ(find(http::Method::get, "/v1/usage/").endpoint->kind, Kind::usage);
  auto const one = find(http::Method::get, "/v1/models/openai/gpt-4o/");
  EXPECT_EQ(one.endpoint->kind, Kind::model);
  EXPECT_EQ(one.rest, "openai/gpt-4o");
}

TEST(Endpoints, APathThatAlmostMatchesIsToldTheRoute) {
  struct Row {
    std::string_view path, says;
  };
  for (Row const& row :
       {Row{"/chat/completions", "/v1/chat/completions: let the base URL end in /v1"},
        Row{"/v1/v1/chat/completions", "it has /v1 twice"},
        Row{"/v1/v1/chat/completions", "/v1/chat/completions"},
        Row{"/v1/chat/completions/chat/completions", "The route is /v1/chat/completions."},
        Row{"/openai/deployments/gpt-4o/chat/completions", "/v1/chat/completions"},
        Row{"/v1/completions", "Use POST /v1/chat/completions"},
        Row{"/v1/chat/completion", "Did you mean /v1/chat/completions?"}, Row{"/V1/models", "/v1/models"},
        Row{"/models", "/v1/models: let the base URL end in /v1"}, Row{"/models/gpt-4o", "/v1/models/{id}"},
        Row{"/v1/embedding", "/v1/embeddings"},
        Row{"/v1/messages", "The routes are /v1/chat/completions"},  // no likeness but the version's
        Row{"/api/generate", "The routes are /v1/chat/completions"}}) {
    auto const said = nothing_here(row.path);
    EXPECT_TRUE(said.starts_with("There is nothing at this path")) << said;
    EXPECT_NE(said.find(row.says), std::string::npos) << row.path << ": " << said;
  }
  EXPECT_EQ(nothing_here("/v1/tsg-secret").find("secret"), std::string::npos) << "some put their key there";
}

}  // namespace
}  // namespace tsg::pipeline
