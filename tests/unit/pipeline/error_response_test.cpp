// Contract §3's table, row by row: what a client sees of each condition.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tsg/pipeline/error_response.hpp"

namespace tsg::pipeline {
namespace {

using Json = nlohmann::json;

struct Row {
  Errc errc;
  int status;
  std::string_view code;
  std::string_view should_retry;  // "" = header absent: the SDK decides
};

constexpr Row kTable[] = {
    {Errc::invalid_api_key, 401, "invalid_api_key", "false"},
    {Errc::model_not_allowed, 403, "model_not_allowed", "false"},
    {Errc::policy_denied, 403, "policy_denied", "false"},
    {Errc::model_unpriced, 403, "model_unpriced", "false"},
    {Errc::unbounded_cost, 403, "unbounded_cost", "false"},
    {Errc::model_not_found, 404, "model_not_found", "false"},
    {Errc::not_found, 404, "not_found", "false"},
    {Errc::bad_request, 400, "invalid_request_error", "false"},
    {Errc::bad_framing, 400, "invalid_request_error", "false"},
    {Errc::method_not_allowed, 405, "invalid_request_error", "false"},
    {Errc::unsupported_media_type, 415, "invalid_request_error", "false"},
    {Errc::expectation_failed, 417, "invalid_request_error", "false"},
    {Errc::body_too_large, 413, "invalid_request_error", "false"},
    {Errc::uri_too_long, 414, "invalid_request_error", "false"},
    {Errc::head_too_large, 431, "invalid_request_error", "false"},
    {Errc::request_timeout, 408, "invalid_request_error", "false"},
    {Errc::unsupported_parameter, 400, "unsupported_parameter", "false"},
    {Errc::context_length_exceeded, 400, "context_length_exceeded", "false"},
    {Errc::content_filter, 400, "content_filter", "false"},
    {Errc::rate_limited, 429, "rate_limit_exceeded", ""},
    {Errc::insufficient_quota, 429, "insufficient_quota", "false"},
    {Errc::idempotency_key_reused, 422, "idempotency_key_reused", "false"},
    {Errc::idempotency_in_progress, 409, "idempotency_in_progress", ""},
    {Errc::idempotency_indeterminate, 409, "idempotency_indeterminate", "false"},
    {Errc::idempotency_response_too_large, 409, "idempotency_response_too_large", "false"},
    {Errc::provider_auth_failed, 502, "provider_auth_failed", "false"},
    {Errc::provider_quota_exhausted, 503, "provider_quota_exhausted", "false"},
    {Errc::provider_rate_limited, 429, "rate_limit_exceeded", "true"},
    {Errc::provider_unavailable, 502, "provider_unavailable", "true"},
    {Errc::provider_timeout, 504, "provider_timeout", "true"},
    {Errc::audit_unavailable, 503, "audit_unavailable", "true"},
    {Errc::overloaded, 503, "overloaded", "true"},
    {Errc::internal, 500, "internal_error", "false"},
};

TEST(ErrorResponse, EveryConditionHasItsStatusCodeAndRetryHint) {
  for (auto const& row : kTable) {
    SCOPED_TRACE(to_string(row.errc));
    auto const r = to_response(Error{row.errc}, "0190-id");
    EXPECT_EQ(r.status, row.status);
    EXPECT_EQ(r.headers.get("x-should-retry"), row.should_retry);
    EXPECT_EQ(r.headers.get("content-type"), "application/json");
    EXPECT_EQ(r.headers.get("x-request-id"), "0190-id");
    auto const error = Json::parse(r.body)["error"];
    EXPECT_EQ(error["code"], row.code);
    EXPECT_FALSE(error["message"].get<std::string>().empty());
    EXPECT_TRUE(error["type"].is_string());
    EXPECT_TRUE(error.contains("param") && error["param"].is_null());
  }
}

TEST(ErrorResponse, WhatTheProviderSaysOfTheRequestKeepsItsStatusAndMessage) {
  for (int const status : {400, 404, 413, 422}) {
    Error error{Errc::provider_rejected, "No such thing.", "messages"};
    error.details().status = status;
    auto const r = to_response(error, "");
    EXPECT_EQ(r.status, status);
    EXPECT_EQ(r.headers.get("x-should-retry"), "false");
    auto const body = Json::parse(r.body)["error"];
    EXPECT_EQ(body["message"], "No such thing.");
    EXPECT_EQ(body["param"], "messages");
  }
}

// Who was billed and tries again pays twice.
TEST(ErrorResponse, NobodyIsToldToRetryWhatMayHaveBeenBilled) {
  for (auto const code : {Errc::provider_rate_limited, Errc::provider_unavailable, Errc::provider_timeout}) {
    Error error{code};
    error.details().billed = true;
    EXPECT_EQ(to_response(error, "").headers.get("x-should-retry"), "false") << to_string(code);
  }
}

TEST(ErrorResponse, AnUnreachableProviderIs503ABrokenOne502) {
  Error error{Errc::provider_unavailable};
  for (int const status : {502, 503}) {
    error.details().status = status;
    EXPECT_EQ(to_response(error, "").status, status);
  }
}

TEST(ErrorResponse, WaitsAreSaidInSecondsRoundedUpAndInMilliseconds) {
  Error error{Errc::rate_limited};
  error.details().retry_after = std::chrono::milliseconds{1'001};
  auto const r = to_response(error, "");
  EXPECT_EQ(r.headers.get("retry-after"), "2");
  EXPECT_EQ(r.headers.get("retry-after-ms"), "1001");
  for (auto const code : {Errc::audit_unavailable, Errc::overloaded})
    EXPECT_EQ(to_response(Error{code}, "").headers.get("retry-after"), "1") << to_string(code);
  EXPECT_EQ(to_response(Error{Errc::internal}, "").headers.get("retry-after"), "");
}

TEST(ErrorResponse, ALimitSaysWhichWhoseAndWhenItEnds) {
  Error error{Errc::insufficient_quota};
  LimitFacts facts;
  facts.scope = "team";
  facts.scope_id = "acme.web";
  facts.limit = "100";
  facts.used = "99.5";
  facts.held = "0.4";
  facts.resets_at = "2026-12-01T00:00:00.000Z";
  error.details().limit = facts;
  auto const body = Json::parse(to_response(error, "0190-id").body)["error"];
  EXPECT_EQ(body["scope"], "team");
  EXPECT_EQ(body["scope_id"], "acme.web");
  EXPECT_EQ(body["limit"], "100");
  EXPECT_EQ(body["used"], "99.5");
  EXPECT_EQ(body["held"], "0.4");
  EXPECT_EQ(body["resets_at"], "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(body["request_id"], "0190-id");
}

TEST(ErrorResponse, OnlyWhatHelpsIsAdded) {
  EXPECT_EQ(Json::parse(to_response(Error{Errc::internal}, "id").body)["error"]["request_id"], "id");
  EXPECT_FALSE(Json::parse(to_response(Error{Errc::bad_request}, "id").body)["error"].contains("request_id"));
  Error denied{Errc::policy_denied};
  denied.details().rule = "no-images";
  EXPECT_EQ(Json::parse(to_response(denied, "").body)["error"]["rule"], "no-images");
  Error method{Errc::method_not_allowed};
  method.details().allow = "GET, HEAD";
  EXPECT_EQ(to_response(method, "").headers.get("allow"), "GET, HEAD");
  EXPECT_EQ(to_response(Error{Errc::invalid_api_key}, "").headers.get("www-authenticate"),
            "Bearer realm=\"tsg\"");
}

TEST(ErrorResponse, TheLogsWordsAreNotTheClients) {
  auto const error = Error{Errc::provider_unavailable}.log("connect to 10.1.2.3: refused, key sk-123");
  EXPECT_EQ(to_response(error, "").body.find("10.1.2.3"), std::string::npos);
  EXPECT_EQ(error_event(error).find("sk-123"), std::string::npos);
}

TEST(ErrorResponse, InAStreamItIsOneEventOfTheSameShape) {
  auto const event = error_event(Error{Errc::provider_timeout});
  ASSERT_TRUE(event.starts_with("data: ") && event.ends_with("\n\n"));
  auto const error = Json::parse(event.substr(6))["error"];
  EXPECT_EQ(error["code"], "provider_timeout");
  for (auto const* name : {"message", "type", "param"}) EXPECT_TRUE(error.contains(name)) << name;
}

TEST(ErrorResponse, HostileTextStaysInsideItsString) {
  Error const error{Errc::bad_request, "\"}\n\ndata: [DONE]\n\n\x01", "a\"b"};
  EXPECT_EQ(Json::parse(to_response(error, "").body)["error"]["param"], "a\"b");
  auto const event = error_event(error);
  EXPECT_EQ(event.find("\n\n"), event.size() - 2) << "a message must not end the event";
}

}  // namespace
}  // namespace tsg::pipeline
