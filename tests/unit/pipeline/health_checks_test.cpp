#include "tsg/pipeline/health_checks.hpp"

#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using namespace std::chrono_literals;
using routing::Check;

TEST(HealthCheckRules, any_answer_below_500_is_a_sign_of_life) {
  for (int const status : {200, 204, 301, 400, 404, 405, 429, 499})
    EXPECT_EQ(check_result(status), Check::Result::alive);
  for (int const status : {401, 403}) EXPECT_EQ(check_result(status), Check::Result::refused);
  for (int const status : {0, 500, 502, 503, 529}) EXPECT_EQ(check_result(status), Check::Result::failed);
}

TEST(HealthCheckRules, pauses_are_spread_so_that_a_fleet_does_not_ask_in_step) {
  routing::Random random{1};
  auto least = 1h + 0ms, most = 0ms;
  for (int i = 0; i < 1000; ++i) {
    auto const pause = check_pause(1000ms, false, random);
    least = std::min<std::chrono::milliseconds>(least, pause);
    most = std::max<std::chrono::milliseconds>(most, pause);
    EXPECT_LE(check_pause(1000ms, true, random), 250ms);
  }
  EXPECT_GE(least, 750ms);
  EXPECT_LT(least, 800ms);
  EXPECT_LE(most, 1250ms);
  EXPECT_GT(most, 1200ms);
}

// On the system's clock: checks are timers, and nothing else happens here.
class HealthCheckTest : public PipelineTest {
 protected:
  HealthCheckTest() { checks = std::make_shared<HealthChecks>(own, provider, io.get_executor()); }
  ~HealthCheckTest() override {
    checks->stop();
    io.restart();
    io.run();  // ends by itself: nothing waits any more
  }
  void use(std::string const& providers) {
    configure(providers);
    own.runtime.store(std::make_shared<Runtime>(*services.runtime.load()));
  }
  template <class Done>
  void run_until(Done done) {
    auto const limit = Steady::now() + 30s;
    io.restart();
    while (!done() && Steady::now() < limit) io.run_one_for(1s);
    ASSERT_TRUE(done());
  }
  routing::Checks::State state(std::string_view name) { return own.board.checks(name, "main").view().state; }
  Services own{*store, directory, system_clock(), metrics, pepper, commitment, answers};
  std::shared_ptr<HealthChecks> checks;
};

std::string const kChecked = "health_check: {interval_ms: 50}, credentials: [{name: main, key: 'env:X'}]";

TEST_F(HealthCheckTest, asks_for_the_models_with_the_credential_and_nothing_of_a_client) {
  use("anthropic: {" + kChecked + "}\n  openai: {credentials: [{name: main, key: 'env:X'}]}");
  checks->start();
  run_until([&] { return state("anthropic") == routing::Checks::State::up; });
  auto const& sent = provider.sent.at(0);
  EXPECT_EQ(sent.path, "/v1/models?limit=1");
  EXPECT_EQ(sent.headers.get("x-api-key"), "sk-provider-secret");
  EXPECT_EQ(sent.headers.get("anthropic-version"), "2023-06-01");
  EXPECT_EQ(sent.body, "");
  for (auto const& one : provider.sent)
    EXPECT_EQ(one.base->host, "api.anthropic.com") << "openai has no check";
  EXPECT_TRUE(records().empty()) << "it is no request";
}

TEST_F(HealthCheckTest, a_path_of_its_own_is_the_providers_whole_path) {
  use("mine: {dialect: openai, base_url: 'http://127.0.0.1:1/v1', health_check: {interval_ms: 50, path: "
      "/health}, "
      "credentials: [{name: main, key: 'env:X'}]}");
  checks->start();
  run_until([&] { return !provider.sent.empty(); });
  EXPECT_EQ(provider.sent.at(0).path, "/health");
}

TEST_F(HealthCheckTest, goes_down_and_up_again_and_follows_the_configuration) {
  use("openai: {" + kChecked + "}");
  Play down;
  down.refused = Error{Errc::provider_unavailable}.log("connection refused");
  for (int i = 0; i < 3; ++i) provider.plays.push_back(down);
  checks->start();
  run_until([&] { return state("openai") == routing::Checks::State::down; });
  EXPECT_EQ(own.board.checks("openai", "main").view().last.why, "connection refused");
  run_until([&] { return state("openai") == routing::Checks::State::up; });
  use("openai: {credentials: [{name: main, key: 'env:X'}]}");
  run_until([&] { return state("openai") == routing::Checks::State::unknown; });
}

}  // namespace
}  // namespace tsg::pipeline::test
