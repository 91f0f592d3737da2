// Work that grows with the bytes a client or a provider sends, and no faster: every case of cases.txt at
// eight times the size may take twelve times the steps, in every dialect, with and without content rules. A
// step is a block of code entered; the sources of json, governance and providers are compiled to count them,
// so that no clock is asked. scripts/soak growth has the same cases on the release build, by the time of its
// threads.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "growth/growth_cases.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/governance/builder.hpp"
#include "tsg/governance/json_filter.hpp"
#include "tsg/providers/adapter.hpp"

namespace {
std::uint64_t g_steps = 0;
}
extern "C" void __sanitizer_cov_trace_pc() {
  ++g_steps;
}

namespace tsg::growth {
namespace {

constexpr double kMost = 12;
constexpr std::uint64_t kFew = 100'000;  // below it what does not grow decides

struct Steps {
  std::uint64_t count = 0;
  bool refused = false;
};
template <class F>
Steps steps_of(F const& work) {
  Steps out;
  auto const before = g_steps;
  out.refused = !work();
  out.count = g_steps - before;
  return out;
}

// Of the same work on one size and on eight times it.
void compare(std::string const& what, Steps const& base, Steps const& eight) {
  ASSERT_GT(eight.count, 0u) << what << ": the sources under test do not count their steps";
  if (eight.count < kFew) return;
  auto const times =
      static_cast<double>(eight.count) / static_cast<double>(std::max<std::uint64_t>(base.count, 1));
  EXPECT_LE(times, kMost) << what << ": " << base.count << " steps, then " << eight.count
                          << (eight.refused ? " to a refusal" : "");
}

catalog::Model const& permissive() {
  static auto const model = [] {
    catalog::Model m;
    m.rules = {{"sampling", "\"free\""},  {"forced_tool_choice", "true"},
               {"prefill", "true"},       {"mid_system", "true"},
               {"schema", "\"openapi\""}, {"thinking", R"(["enabled","disabled"])"}};
    return m;
  }();
  return model;
}

struct Way {
  std::string_view dialect, api;
  bool permissive;
};
constexpr std::array kWays{Way{"openai", "chat", false},     Way{"openai", "responses", false},
                           Way{"anthropic", "auto", false},  Way{"anthropic", "auto", true},
                           Way{"gemini", "auto", false},     Way{"gemini", "auto", true},
                           Way{"xai", "chat", false},        Way{"xai", "responses", false},
                           Way{"perplexity", "auto", false}, Way{"perplexity-sonar", "auto", false}};

std::string_view adapter_of(std::string const& dialect) {
  return dialect == "responses" ? "openai" : std::string_view{dialect};
}

class Growth : public testing::TestWithParam<Case> {
 protected:
  Growth() {
    std::string const text =
        R"({"content":[{"detector":"email","action":"redact"},{"detector":"card","action":"redact"},
                       {"detector":"iban","action":"flag"},{"detector":"api_key","action":"redact"},
                       {"name":"n","pattern":"number [0-9]+","action":"flag"}]})";
    auto const policy = governance::parse_policy(text);
    governance::Builder builder;
    builder.put_org("acme", true, WallTime{10});
    builder.put_team("acme.core", true, WallTime{20});
    builder.put_policy({governance::Level::org, "acme", ""}, 1, text, &*policy);
    world_ = builder.build();
    key_.org = "acme";
    key_.team = "core";
    key_.created_at = WallTime{30};
    levels_ = *world_->levels(key_);
  }

  static Result<providers::ChatRequest> read(Case const& c, std::string body) {
    json::Limits limits;
    return c["embeddings"].empty() ? providers::read_chat_request(std::move(body), limits)
                                   : providers::read_embeddings_request(std::move(body), limits);
  }
  Steps reading(Case const& c, std::string const& body) {
    return steps_of([&] { return read(c, body).has_value(); });
  }
  Steps filtering(providers::ChatRequest const& request, bool embeddings) {
    governance::ContentRules const rules{levels_, governance::Side::prompt};
    return steps_of([&] {
      governance::Tally tally{rules};
      auto const& at = embeddings ? governance::embeddings_request() : governance::chat_request();
      return governance::filter_prompt(rules, tally, request.document, at).has_value();
    });
  }
  static Steps encoding(providers::ChatRequest const& request, Way const& way) {
    return steps_of([&] {
      providers::EncodeContext c;
      c.upstream_model = "m";
      c.api = way.api;
      if (way.permissive) c.model = c.family = &permissive();
      return providers::adapter_for(way.dialect)->encode(request, c).has_value();
    });
  }
  Steps filtering_answer(std::string const& body) {
    governance::ContentRules const rules{levels_, governance::Side::answer};
    return steps_of([&] {
      governance::Tally tally{rules};
      std::vector<governance::Replacement> changes;
      return governance::filter_value(rules, tally, body, {0, body.size()}, governance::chat_answer(),
                                      changes)
          .has_value();
    });
  }

  std::shared_ptr<governance::World const> world_;
  keys::Key key_;
  governance::Levels levels_;
};

TEST_P(Growth, IsLinear) {
  auto const& c = GetParam();
  auto const n = c["steps"].empty() ? std::size_t{250} : std::stoul(c["steps"]);
  bool const embeddings = !c["embeddings"].empty();
  auto small = requests(c, n), large = requests(c, 8 * n);
  if (embeddings) {
    small.emplace_back("", filled(c, c["embeddings"], n));
    large.emplace_back("", filled(c, c["embeddings"], 8 * n));
  }
  for (std::size_t i = 0; i < small.size(); ++i) {
    auto const what = c.name() + (small[i].first.empty() ? "" : " in " + small[i].first);
    compare(what + ", read", reading(c, small[i].second), reading(c, large[i].second));
    auto const one = read(c, small[i].second), eight = read(c, large[i].second);
    ASSERT_TRUE(one) << what << ": " << one.error().message();
    if (!eight) continue;  // a cap, with its name: as the step before found
    compare(what + ", under rules", filtering(*one, embeddings), filtering(*eight, embeddings));
    for (auto const& way : kWays)
      compare(what + ", for " + std::string{way.dialect} + " " + std::string{way.api} +
                  (way.permissive ? " older" : ""),
              encoding(*one, way), encoding(*eight, way));
  }
  if (auto const dialect = c.of("answer"); !dialect.empty()) {
    auto const decoded = [&](std::size_t size) {
      auto const body = filled(c, c["answer " + dialect], size);
      return steps_of([&] {
        providers::DecodeContext context;
        context.wire = dialect == "responses"                          ? providers::Wire::responses
                       : dialect == "anthropic" || dialect == "gemini" ? providers::Wire::native
                                                                       : providers::Wire::chat;
        auto const answer = providers::adapter_for(adapter_of(dialect))->decode(body, context);
        EXPECT_TRUE(answer || size != n) << c.name();
        return answer.has_value();
      });
    };
    compare(c.name(), decoded(n), decoded(8 * n));
    compare(c.name() + ", under rules", filtering_answer(filled(c, c["answer " + dialect], n)),
            filtering_answer(filled(c, c["answer " + dialect], 8 * n)));
  }
  if (auto const dialect = c.of("stream"); !dialect.empty()) {
    auto const decoded = [&](std::size_t size, std::size_t cut) {
      auto const wire = filled(c, c["stream " + dialect], size);
      return steps_of([&] {
        providers::DecodeContext context;
        context.wire = dialect == "responses" ? providers::Wire::responses : providers::Wire::chat;
        if (dialect == "anthropic" || dialect == "gemini") context.wire = providers::Wire::native;
        auto const decoder = providers::chat_bytes(*providers::adapter_for(adapter_of(dialect)), context);
        std::string out;
        for (std::size_t at = 0; at < wire.size(); at += cut) {
          auto const fed = decoder->feed(std::string_view{wire}.substr(at, cut), out);
          if (!fed) return false;
        }
        return decoder->finish(out).has_value();
      });
    };
    for (std::size_t const cut : {std::size_t{7}, std::size_t{4096}, SIZE_MAX})
      compare(c.name() + ", cut", decoded(n, cut), decoded(8 * n, cut));
  }
}

std::string id_of(testing::TestParamInfo<Case> const& info) {
  std::string out;
  for (char const ch : info.param.name()) out += std::isalnum(static_cast<unsigned char>(ch)) ? ch : '_';
  return out;
}
INSTANTIATE_TEST_SUITE_P(Case, Growth, testing::ValuesIn(all_cases()), id_of);

}  // namespace
}  // namespace tsg::growth
