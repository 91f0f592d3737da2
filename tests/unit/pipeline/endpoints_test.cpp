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
  for (auto const* path : {"/", "/v1", "/v1/chat/completions/", "/v1/chat/completion", "/V1/models",
                           "/v1/models/", "/v1/modelsx", "/v2/models", "/admin/v1/keys", "/metrics"})
    EXPECT_EQ(find(http::Method::get, path).endpoint, nullptr) << path;
}

}  // namespace
}  // namespace tsg::pipeline
