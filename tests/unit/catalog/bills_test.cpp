// What providers really billed, against what the catalogue says. Recordings stand beside the checkout.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {
namespace {

using Json = nlohmann::json;
constexpr WallTime today{1'795'000'000'000'000'000};  // 2026-11-18

struct Answer {
  std::string name, model;
  Json usage;
};

// The last object with a usage in a JSON body or a stream of events.
std::optional<Answer> read_answer(std::filesystem::path const& folder) {
  std::optional<Answer> last;
  auto const see = [&](std::string const& text) {
    auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return;
    if (json.contains("response") && json["response"].is_object()) json = json["response"];
    if (json.contains("usage") && json["usage"].is_object())
      last = Answer{folder.filename(), json.value("model", ""), json["usage"]};
  };
  for (auto const* file : {"response.json", "response.sse"}) {
    std::ifstream in{folder / file};
    std::ostringstream text;
    text << in.rdbuf();
    see(text.str());
    std::istringstream lines{text.str()};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("data:")) see(line.substr(5));
  }
  return last;
}

std::vector<Answer> answers(std::string_view provider) {
  std::vector<Answer> found;
  std::set<std::filesystem::path> folders;
  for (auto const& entry :
       std::filesystem::directory_iterator{std::filesystem::path{std::getenv("TSG_FIXTURES")} / provider})
    folders.insert(entry.path());
  for (auto const& folder : folders)
    if (auto answer = read_answer(folder)) found.push_back(std::move(*answer));
  return found;
}

std::int64_t number(Json const& json, char const* key) {
  return json.value(key, std::int64_t{0});
}
std::int64_t number(Json const& json, char const* object, char const* key) {
  return json.contains(object) && json[object].is_object() ? number(json[object], key) : 0;
}

class Bills : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("TSG_FIXTURES") == nullptr) GTEST_SKIP() << "TSG_FIXTURES is not set";
    catalog_ = Catalog::load(Catalog::built_in()).catalog;
    ASSERT_TRUE(catalog_);
  }
  std::shared_ptr<Catalog const> catalog_;
};

TEST_F(Bills, xai_to_the_tick) {
  int compared = 0;
  for (auto const& answer : answers("xai")) {
    if (!answer.usage.contains("cost_in_usd_ticks")) continue;
    auto const* model = catalog_->find("xai", answer.model);
    if (model == nullptr) {
      ADD_FAILURE() << answer.name << ": " << answer.model << " is not in the catalogue";
      continue;
    }
    Usage usage;
    auto const& u = answer.usage;
    if (u.contains("prompt_tokens")) {  // chat: reasoning is beside completion
      usage.cached_input = number(u, "prompt_tokens_details", "cached_tokens");
      usage.input = number(u, "prompt_tokens") - usage.cached_input;
      usage.output = number(u, "completion_tokens");
      usage.reasoning = number(u, "completion_tokens_details", "reasoning_tokens");
    } else {
      usage.cached_input = number(u, "input_tokens_details", "cached_tokens");
      usage.input = number(u, "input_tokens") - usage.cached_input;
      usage.reasoning = number(u, "output_tokens_details", "reasoning_tokens");
      usage.output = number(u, "output_tokens") - usage.reasoning;
      usage.web_searches = number(u, "server_side_tool_usage_details", "web_search_calls");
      usage.x_searches = number(u, "server_side_tool_usage_details", "x_search_calls");
      usage.code_executions = number(u, "server_side_tool_usage_details", "code_interpreter_calls");
    }
    auto const cost = price(*model, usage, today);
    ASSERT_TRUE(cost) << answer.name;
    EXPECT_EQ(cost->total.v * 10, number(u, "cost_in_usd_ticks")) << answer.name << " " << answer.model;
    ++compared;
  }
  EXPECT_GE(compared, 25);
}

TEST_F(Bills, perplexity_within_the_rounding_of_its_answers) {
  constexpr std::int64_t rounding = 10'000;  // five decimals of a dollar, per part
  int compared = 0, without_tokens = 0;
  for (auto const& answer : answers("perplexity")) {
    if (!answer.usage.contains("cost")) continue;
    auto const& recorded = answer.usage["cost"];
    auto const* model = catalog_->find("perplexity", answer.model);
    if (model == nullptr) {
      ADD_FAILURE() << answer.name << ": " << answer.model << " is not in the catalogue";
      continue;
    }
    Usage usage;
    auto const& u = answer.usage;
    std::int64_t fees = 0;
    if (u.contains("prompt_tokens")) {
      usage.input = number(u, "prompt_tokens");
      usage.output = number(u, "completion_tokens");
      usage.search_context = u.value("search_context_size", "");
      usage.requests = usage.search_context.empty() ? 0 : 1;
    } else {  // Agent API; which kind of search was billed is told by the fee alone
      usage.cached_input = number(u, "input_tokens_details", "cache_read_input_tokens");
      usage.cache_write_30m = number(u, "input_tokens_details", "cache_creation_input_tokens");
      usage.input = number(u, "input_tokens") - usage.cached_input - usage.cache_write_30m;
      usage.output = number(u, "output_tokens");
      fees = std::llround(recorded.value("tool_calls_cost", 0.0) * 1e9);
    }
    auto const total = std::llround(recorded.value("total_cost", 0.0) * 1e9);
    // Some recordings carry the request fee only; there is nothing to compare the tokens with.
    if (recorded.value("input_tokens_cost", 1.0) == 0 && recorded.value("output_tokens_cost", 1.0) == 0) {
      usage.input = usage.output = 0;
      ++without_tokens;
    }
    auto const cost = price(*model, usage, today);
    ASSERT_TRUE(cost) << answer.name;
    EXPECT_NEAR(cost->total.v + fees, total, 3 * rounding) << answer.name;
    for (auto const& part : cost->parts) {
      if (part.meter != "request") continue;
      EXPECT_EQ(part.cost.v, std::llround(recorded.value("request_cost", 0.0) * 1e9));
    }
    usage.reported_cost = Nano{total};
    EXPECT_EQ(price(*model, usage, today)->total.v, total);
    ++compared;
  }
  EXPECT_GE(compared, 18);
  EXPECT_LE(without_tokens, 2);
}

}  // namespace
}  // namespace tsg::catalog
