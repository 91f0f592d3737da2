#include "tsg/pipeline/spent_today.hpp"

#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

TEST(SpentBy, the_answer_is_its_credentials_and_each_failed_attempt_that_cost_something_its_own) {
  auto const spent = spent_by(
      R"({"org":"acme","provider":"second","credential":"b","cost_usd":"0.005","attempts":[)"
      R"({"target":"first/gpt-4o","credential":"a","outcome":"provider_timeout","estimated_cost_usd":"0.003"},)"
      R"({"target":"first/gpt-4o","credential":"c","outcome":"provider_unavailable"},)"
      R"({"target":"second/x/y","credential":"b","outcome":"ok"}]})");
  EXPECT_EQ(spent, (std::vector<Spent>{{"first", "a", "acme", Nano{3'000'000}},
                                       {"second", "b", "acme", Nano{2'000'000}}}));
}

TEST(SpentBy, what_cost_nothing_or_is_no_request_says_nothing) {
  for (auto const* record :
       {R"({"kind":"key.create"})", R"({"provider":"p","cost_usd":"0"})", "", "cost_usd\":\"1",
        R"({"provider":"p","attempts":[{"target":"p/m","credential":"a"}]})"})
    EXPECT_TRUE(spent_by(record).empty()) << record;
}

// A gateway that begins finds what the one before it has spent under each key.
class SpentToday : public PipelineTest {
 protected:
  void begin(std::string const& providers,
             std::shared_ptr<Credentials const> own = std::make_shared<Credentials const>()) {
    again.emplace(*store, directory, clock, metrics, pepper, commitment, answers);
    configure(providers);
    again->runtime.store(std::make_shared<Runtime>(*services.runtime.load()));
    again->stored_credentials.store(std::move(own));
    auto const runtime = again->runtime.load();
    auto const kept = again->stored_credentials.load();
    ASSERT_TRUE(look_up(restore_spent_today(*store, again->quotas, runtime->config, runtime->credentials,
                                            *kept, clock.wall())));
  }
  Nano spent(std::string_view instance, std::string_view credential = "main") {
    return again->quotas.of(instance, credential).state(clock.steady(), clock.wall()).spent_today;
  }
  std::optional<Services> again;
};

std::string const kKey = "credentials: [{name: main, key: 'env:X'}]";

TEST_F(SpentToday, is_what_the_answers_of_today_have_cost) {
  add_key({"*"});
  provider.plays = {whole(kAnswer), whole(kAnswer)};
  chat(ask());
  clock.now.ns += 3'600'000'000'000;
  chat(ask());
  begin("openai: {quota: {usd_per_day: '20'}, " + kKey + "}");
  EXPECT_EQ(spent("openai"), Nano{9'000'000});
  clock.now.ns += 86'400'000'000'000;
  begin("openai: {quota: {usd_per_day: '20'}, " + kKey + "}");
  EXPECT_EQ(spent("openai"), Nano{0}) << "it is another day";
}

// The audit record names a key, not whose: an organisation that has one of its own has used that.
TEST_F(SpentToday, is_that_of_the_organisations_own_key_where_it_has_one) {
  add_key({"*"});
  provider.plays = {whole(kAnswer)};
  chat(ask());
  auto own = std::make_shared<Credentials>();
  (*own)["openai"].emplace_back("main", "sk-of-acme", 1, "acme");
  begin("openai: {quota: {usd_per_day: '20'}, " + kKey + "}", own);
  EXPECT_EQ(spent("openai", "acme/main"), Nano{4'500'000});
  EXPECT_EQ(spent("openai", "main"), Nano{0});
}

TEST_F(SpentToday, is_read_only_where_money_is_limited) {
  add_key({"*"});
  provider.plays = {whole(kAnswer)};
  chat(ask());
  begin("openai: {quota: {concurrency: 5}, " + kKey + "}");
  EXPECT_EQ(spent("openai"), Nano{0});
}

}  // namespace
}  // namespace tsg::pipeline::test
