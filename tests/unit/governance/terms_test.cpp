// Negotiated discounts and mark-ups: dated, and the narrowest document that says something wins.
#include "tsg/governance/terms.hpp"

#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

WallTime moment(char const* time) {
  return parse_rfc3339(time).value();
}

struct AppliedTerms : testing::Test {
  SmallWorld w;
  void put(Scope const& scope, std::string const& text, std::int64_t version = 1) {
    auto const parsed = parse_terms(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    w.builder.put_terms(scope, version, text, &*parsed);
  }
  Applied applied(char const* provider, char const* time = "2026-11-25T00:00:00Z") {
    return terms_at(w.levels(), provider, moment(time));
  }
};

TEST_F(AppliedTerms, NobodyHasADiscountUnlessADocumentSaysSo) {
  auto const a = applied("openai");
  EXPECT_EQ(a.discount_micro, 0);
  EXPECT_EQ(a.markup_micro, 0);
  EXPECT_EQ(a.discount_source, "");
}

TEST_F(AppliedTerms, TheStartOfTheRequestDecidesWhichEntryHolds) {
  put(kOrg, R"({"discounts":[{"provider":"openai","percent":"20","effective_from":"2026-12-01"},
                             {"provider":"openai","percent":"12.5"}],
                "markups":[{"percent":"5","effective_from":"2026-11-25T00:00:00Z"}]})",
      3);
  EXPECT_EQ(applied("openai", "2026-11-24T23:59:59Z").discount_micro, 125'000);
  EXPECT_EQ(applied("openai", "2026-11-24T23:59:59Z").markup_micro, 0);
  EXPECT_EQ(applied("openai").markup_micro, 50'000);
  EXPECT_EQ(applied("openai", "2026-12-01T00:00:00Z").discount_micro, 200'000);
  EXPECT_EQ(applied("openai").discount_source, "org/acme@3");
  EXPECT_EQ(applied("anthropic").discount_micro, 0);
}

TEST_F(AppliedTerms, TheNarrowestThatSpeaksOfTheProviderWins) {
  put(kOrg, R"({"discounts":[{"provider":"openai","percent":"10"},{"provider":"xai","percent":"7"}],
                "markups":[{"percent":"5"}]})");
  put(kTeam, R"({"discounts":[{"provider":"openai","percent":"0"}]})");
  EXPECT_EQ(applied("openai").discount_micro, 0) << "none, said aloud";
  EXPECT_EQ(applied("xai").discount_micro, 70'000);
  EXPECT_EQ(applied("openai").markup_micro, 50'000);
}

TEST(TermsDocument, MistakesAreNamedByTheirPlace) {
  auto const complaint = [](std::string const& document) {
    auto const parsed = parse_terms(document);
    return parsed ? std::string{} : parsed.error().peek()->param;
  };
  EXPECT_EQ(complaint("{}"), "");
  EXPECT_EQ(complaint(R"({"discounts":[{"percent":"5"}]})"), "discounts[0].provider");
  for (char const* percent : {R"("-5")", R"("100.1")", R"("0.00001")", "5", R"("five")"})
    EXPECT_EQ(complaint(std::string{R"({"discounts":[{"provider":"openai","percent":)"} + percent + "}]}"),
              "discounts[0].percent")
        << percent;
  EXPECT_EQ(complaint(R"({"markups":[{"percent":"5","effective_from":"tomorrow"}]})"),
            "markups[0].effective_from");
  EXPECT_EQ(complaint(R"({"rebates":[]})"), "rebates");
}

}  // namespace
}  // namespace tsg::governance
