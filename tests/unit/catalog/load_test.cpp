#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {
namespace {

using testing::ElementsAre;

std::string file(std::string_view entries) {
  return R"({"schema": 1, "models": [)" + std::string{entries} + "]}";
}
std::vector<std::string> problems(std::string_view entries, std::string_view overrides = {}) {
  auto const loaded = Catalog::load(file(entries), overrides);
  EXPECT_EQ(loaded.catalog == nullptr, !loaded.problems.empty());
  return loaded.problems;
}

TEST(Load, all_problems_come_at_once_with_their_place) {
  EXPECT_THAT(
      problems(
          R"({"provider": "p", "id": "a", "prices": {"inptu": "1", "input": "-1", "output": "1e3"}, "colour": 1},
                  {"provider": "p", "id": "b", "mode": "poem", "context_window": 0, "regional": {"us": "1.0000001"}},
                  {"provider": "p", "id": "c", "tiers": {}, "periods": []},
                  {"id": "d"})"),
      ElementsAre("p/a: prices: inptu: unknown member, did you mean `input`?",
                  R"(p/a: prices: input: expected a price as a decimal string like "0.25", got "-1")",
                  R"(p/a: prices: output: expected a price as a decimal string like "0.25", got "1e3")",
                  "p/a: colour: unknown member", R"(p/b: mode: unknown value "poem")",
                  "p/b: context_window: expected a positive number of tokens",
                  R"(p/b: regional: us: expected a factor like "1.1", at most six decimals)",
                  "p/c: prices stand either in the entry or in `periods`, not in both",
                  "p/c: `prices` is missing", "?/d: `provider` is missing"));
}

TEST(Load, a_price_is_a_decimal_string_or_a_whole_number) {
  for (auto const* good : {R"("0")", R"("0.0375")", R"("12")", "12", R"("0.000000001")"})
    EXPECT_TRUE(
        problems(R"({"provider": "p", "id": "a", "prices": {"input": )" + std::string{good} + "}}").empty())
        << good;
  for (auto const* bad : {"0.1", "-1", "true", R"("")", R"("1,5")", R"(" 1")", R"("+1")", R"("0.0000000001")",
                          R"("99999999999")", "{}", "[1]", R"("nan")", "1e400"})
    EXPECT_FALSE(
        problems(R"({"provider": "p", "id": "a", "prices": {"input": )" + std::string{bad} + "}}").empty())
        << bad;
}

TEST(Load, a_name_belongs_to_one_model_of_a_provider) {
  EXPECT_THAT(problems(R"({"provider": "p", "id": "a", "aliases": ["x"]}, {"provider": "p", "id": "x"},
                          {"provider": "p", "id": "a"}, {"provider": "q", "id": "a"})"),
              ElementsAre("p/x: `x` is already a name of a", "p/a: `a` is already a name of a"));
}

TEST(Load, a_member_given_twice_is_refused) {
  EXPECT_THAT(problems(R"({"provider": "p", "id": "a", "prices": {"input": "1", "input": "2"}})"),
              ElementsAre("catalogue: member `input` is given twice"));
}

TEST(Load, periods_go_forward) {
  EXPECT_THAT(problems(R"({"provider": "p", "id": "a", "periods": [
                 {"from": "2026-12-01", "prices": {}}, {"from": "2026-12-01", "prices": {}}, {"from": "soon", "prices": {}}]})"),
              ElementsAre("p/a: periods: periods must be in order of `from`, each at another time",
                          "p/a: periods: from: expected a date like 2026-12-01",
                          "p/a: periods: periods must be in order of `from`, each at another time"));
}

TEST(Load, what_is_no_catalogue_is_refused) {
  for (auto const* bad : {"", "{", "[]", "{}", R"({"models": 1})", R"({"models": [1]})",
                          R"({"schema": 2, "models": []})", R"({"models": [], "extra": 1})", "\xff"})
    EXPECT_FALSE(Catalog::load(bad).problems.empty()) << bad;
  EXPECT_TRUE(Catalog::load(R"({"models": []})").catalog);
}

TEST(Overrides, change_members_add_entries_and_remove_with_null) {
  auto const base = file(
      R"({"provider": "p", "id": "a", "prices": {"input": "1", "output": "2"}, "fees_per_1k": {"web_search": "10"}})");
  auto const loaded = Catalog::load(base, R"({"p/a": {"prices": {"input": "0.5"}, "fees_per_1k": null},
                                              "q/b/c": {"prices": {"input": 3}}})");
  ASSERT_TRUE(loaded.catalog) << testing::PrintToString(loaded.problems);
  auto const* a = loaded.catalog->find("p", "a");
  EXPECT_EQ(a->periods.front().standard.input, Price{500'000'000});
  EXPECT_EQ(a->periods.front().standard.output, Price{2'000'000'000});
  EXPECT_TRUE(a->fees.empty());
  EXPECT_EQ(loaded.catalog->find("q", "b/c")->periods.front().standard.input, Price{3'000'000'000});
  EXPECT_NE(loaded.catalog->version(), Catalog::load(base).catalog->version());
}

TEST(Overrides, mistakes_are_refused_like_any_other) {
  EXPECT_FALSE(problems("", R"({"nowhere": {}})").empty());
  EXPECT_FALSE(problems("", R"({"p/a": 5})").empty());
  EXPECT_FALSE(problems("", R"({"p/a": {"prices": {"input": "x"}}})").empty());
  EXPECT_FALSE(problems("", R"([])").empty());
  EXPECT_THAT(
      problems(R"({"provider": "p", "id": "a", "periods": []})", R"({"p/a": {"prices": {"input": "1"}}})"),
      ElementsAre("p/a: prices stand either in the entry or in `periods`, not in both"));
}

TEST(Find, by_provider_or_alone_when_only_one_has_it) {
  auto const loaded =
      Catalog::load(file(R"({"provider": "p", "id": "a", "aliases": ["x"]}, {"provider": "q", "id": "a"})"));
  auto const& catalog = *loaded.catalog;
  EXPECT_EQ(catalog.find("p", "x")->id, "a");
  EXPECT_EQ(catalog.find("q", "a")->provider, "q");
  EXPECT_EQ(catalog.find("q", "x"), nullptr);
  EXPECT_EQ(catalog.find("x")->provider, "p");
  EXPECT_EQ(catalog.find("a"), nullptr);
  EXPECT_EQ(catalog.find(""), nullptr);
  EXPECT_FALSE(catalog.find("x")->priced());
}

}  // namespace
}  // namespace tsg::catalog
