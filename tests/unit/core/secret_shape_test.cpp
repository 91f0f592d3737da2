#include "tsg/core/secret_shape.hpp"

#include <gtest/gtest.h>

namespace tsg {
namespace {

TEST(SecretShape, KeysOfOursAndOfProvidersAreTakenOut) {
  std::string const rest = "0123456789ABCDEFGHIJabcdefghijKL3i3PNM";
  for (std::string const prefix :
       {"tsg-", "tsga-", "sk-", "sk-proj-", "sk-ant-api03-", "xai-", "pplx-", "AIza", "gsk_", "hf_", "ghp_",
        "github_pat_", "sk_live_", "rk_live_", "xoxb-2345678901-2345678901-", "glpat-", "npm_"}) {
    EXPECT_TRUE(has_secret(prefix + rest)) << prefix;
    EXPECT_EQ(without_secrets(prefix + rest), "[redacted]");
    EXPECT_EQ(without_secrets("the model 'openai/" + prefix + rest + "' is unknown"),
              "the model 'openai/[redacted]' is unknown");
    EXPECT_EQ(without_secrets("req-" + prefix + rest), "req-[redacted]");
  }
  EXPECT_EQ(without_secrets("sk-" + rest + " and tsg-" + rest), "[redacted] and [redacted]");
}

TEST(SecretShape, AJsonWebTokenGoesWithItsSignature) {
  EXPECT_EQ(without_secrets("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop, please"),
            "token [redacted], please");
}

TEST(SecretShape, NamesAndIdsStay) {
  for (std::string_view const text :
       {"", "gpt-4o", "xai-plain-context-length", "sk-route-for-the-cheap-models", "claude-opus-5-5",
        "anthropic/claude-sonnet-4-5-20250929", "sk-learn", "tsg-web-1",
        "0198f5a2-7c1e-7a55-9d57-5a1f0e3b2c4d", "task-0123456789abcdef0123456789abcdef",
        "risk-assessment-model-2026-11", "desk-0123456789ABCDEFGHIJabcdefghijKL",
        "accounts/fireworks/models/llama-v3p1-405b-instruct-long-name"})
    EXPECT_EQ(without_secrets(text), text);
}

}  // namespace
}  // namespace tsg
