#include <gtest/gtest.h>

#include "tsg/routing/resolver.hpp"

namespace tsg::routing {
namespace {

using Patterns = std::vector<std::string>;

struct Case {
  Patterns patterns;
  std::string_view instance, model;
  bool default_instance, expected;
};

TEST(Allowed, a_table_of_patterns) {
  for (auto const& c : std::vector<Case>{
           // nothing by default
           {{}, "openai", "gpt-4o", true, false},
           {{""}, "openai", "gpt-4o", true, false},
           // model part only, on default instances
           {{"gpt-4o"}, "openai", "gpt-4o", true, true},
           {{"gpt-4o"}, "openai", "gpt-4o-mini", true, false},
           {{"gpt-4o*"}, "openai", "gpt-4o-mini", true, true},
           {{"gpt-4o*"}, "local", "gpt-4o-mini", false, false},
           {{"*"}, "openai", "anything", true, true},
           {{"*"}, "local", "anything", false, false},
           {{"*mini"}, "openai", "gpt-4o-mini", true, true},
           {{"GPT-4o"}, "openai", "gpt-4o", true, false},
           // instance and model
           {{"local/*"}, "local", "llama", false, true},
           {{"local/*"}, "localhost", "llama", false, false},
           {{"openai/gpt-4o"}, "openai", "gpt-4o", true, true},
           {{"openai/gpt-4o"}, "azure", "gpt-4o", true, false},
           {{"*/gpt-4o"}, "azure", "gpt-4o", false, true},
           {{"*/*"}, "local", "llama", false, true},
           // a star crosses slashes
           {{"perplexity/*"}, "perplexity", "openai/gpt-6-luna", true, true},
           {{"*luna"}, "perplexity", "openai/gpt-6-luna", true, true},
           {{"openai/*"}, "perplexity", "openai/gpt-6-luna", true, false},
           {{"gpt-*"}, "perplexity", "openai/gpt-6-luna", true, false},
           // Perplexity's own models carry its name once
           {{"perplexity/sonar"}, "perplexity", "perplexity/sonar", true, true},
           {{"sonar"}, "perplexity", "perplexity/sonar", true, true},
           {{"sonar"}, "perplexity", "perplexity/sonar", false, false},
           // any one is enough
           {{"claude-*", "gpt-4o"}, "openai", "gpt-4o", true, true},
       })
    EXPECT_EQ(allowed(c.patterns, c.instance, c.model, c.default_instance), c.expected)
        << testing::PrintToString(c.patterns) << " " << c.instance << " " << c.model;
}

TEST(Denied, a_model_is_denied_on_every_instance) {
  for (auto const& c : std::vector<Case>{
           {{"*"}, "local", "anything", false, true},
           {{"gpt-4o*"}, "local", "gpt-4o-mini", false, true},
           {{"*-preview"}, "eu", "gpt-4o-search-preview", false, true},
           {{"gpt-4o"}, "eu", "gpt-4o-mini", false, false},
           {{"gpt-*"}, "perplexity", "openai/gpt-6-luna", true, true},
           {{"sonar"}, "pplx", "perplexity/sonar", false, true},
           // with a slash of that instance alone
           {{"eu/*"}, "eu", "gpt-4o", false, true},
           {{"eu/*"}, "eu2", "gpt-4o", false, false},
           {{"openai/gpt-4o"}, "eu", "gpt-4o", false, false},
           {{"*/gpt-4o"}, "eu", "gpt-4o", false, true},
           {{}, "eu", "gpt-4o", false, false},
       })
    EXPECT_EQ(denied(c.patterns, c.instance, c.model), c.expected)
        << testing::PrintToString(c.patterns) << " " << c.instance << " " << c.model;
}

TEST(CouldAllow, decides_between_forbidden_and_not_found) {
  struct Row {
    Patterns patterns;
    std::string_view requested;
    bool expected;
  };
  for (auto const& c : std::vector<Row>{
           {{}, "gpt-9", false},
           {{"gpt-4o*"}, "gpt-9", false},
           {{"gpt-*"}, "gpt-9", true},
           {{"*"}, "no/such", true},
           {{"anthropic/*"}, "gpt-9", true},  // an instance anthropic could serve one of that name
           {{"anthropic/claude-*"}, "gpt-9", false},
           {{"anthropic/claude-*"}, "claude-9", true},
           {{"anthropic/claude-*"}, "anthropic/claude-9", true},
           {{"anthropic/claude-*"}, "openai/claude-9", false},
           {{"an*ude-9"}, "claude-9", false},  // no slash: the model part alone
           {{"an*/claude-9"}, "claude-9", true},
           {{"*de-9/x"}, "claude-9", false},
           {{"claude-9"}, "nowhere/claude-9", true},
           {{"claude-9"}, "nowhere/claude-8", false},
       })
    EXPECT_EQ(could_allow(c.patterns, c.requested), c.expected)
        << testing::PrintToString(c.patterns) << " " << c.requested;
}

// Whatever allowed() permits, could_allow() must not have turned away under any way of writing it.
TEST(CouldAllow, never_contradicts_allowed) {
  Patterns const patterns{"*",  "gpt-4o",        "gpt-*", "openai/*", "*/gpt-4o", "o*/g*",
                          "*o", "openai/gpt-4o", "*/*",   "x/*",      "op*4o/"};
  for (auto const& pattern : patterns) {
    Patterns const one{pattern};
    if (!allowed(one, "openai", "gpt-4o", true)) continue;
    EXPECT_TRUE(could_allow(one, "gpt-4o")) << pattern;
    EXPECT_TRUE(could_allow(one, "openai/gpt-4o")) << pattern;
  }
}

}  // namespace
}  // namespace tsg::routing
