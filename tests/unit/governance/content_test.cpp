#include "tsg/governance/filter.hpp"

#include <nlohmann/json.hpp>

#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

bool finds(char const* name, std::string_view text) {
  return detector(name)->find(text, 0).has_value();
}

// Test strings of microsoft/presidio (MIT) and RED-2, RED-3.
TEST(Detectors, CardsNeedTheirCheckDigit) {
  for (auto const* good : {"4012888888881881", "4012-8888-8888-1881", "371449635398431", "5555555555554444",
                           "122000000000003", "my card is 4012 8888 8888 1881."})
    EXPECT_TRUE(finds("card", good)) << good;
  for (auto const* bad : {"4012-8888-8888-1882", "36168002586008", "1748503543012", "0000000000000000"})
    EXPECT_FALSE(finds("card", bad)) << bad;
}

TEST(Detectors, ACardIsFoundBesideItsCodeItsDateAndWhateverElse) {
  struct Case {
    std::string_view text, card;
  };
  for (auto const& c : std::vector<Case>{
           {"4111 1111 1111 1111 123", "4111 1111 1111 1111"},
           {"4111 1111 1111 1111 12/27", "4111 1111 1111 1111"},
           {"4111-1111-1111-1111-2", "4111-1111-1111-1111"},
           {"4111111111111111 2", "4111111111111111"},
           {"1 4111111111111111", "4111111111111111"},
           {"12/27 4111111111111111 123", "4111111111111111"},
           {"tel 4155552671 4111111111111111", "4111111111111111"},
           {"x_4111111111111111", "4111111111111111"},
           {"cc4111111111111111", "4111111111111111"},
           {"4111111111111111x", "4111111111111111"},
           {"4111.1111.1111.1111", "4111.1111.1111.1111"},
           {"4111\xe2\x80\x93"
            "1111\xe2\x80\x93"
            "1111\xe2\x80\x93"
            "1111",
            "4111\xe2\x80\x93"
            "1111\xe2\x80\x93"
            "1111\xe2\x80\x93"
            "1111"},
           {"3782 822463 10005 0427", "3782 822463 10005"},
           {"3056 930902 5904 99", "3056 930902 5904"},
           {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
           {"(4222222222222).", "4222222222222"},
       }) {
    auto const hit = detector("card")->find(c.text, 0);
    ASSERT_TRUE(hit) << c.text;
    EXPECT_EQ(c.text.substr(hit->begin, hit->end - hit->begin), c.card);
  }
}

TEST(Detectors, TimesIdsDigestsAndListsOfNumbersAreNoCards) {
  for (auto const* text :
       {"1748503543012", "1748503543012345", "1748503543012345678", "20261124120000", "2026-11-24 12:00:00",
        "41111111111111114111111111111111", "411111111111111141111", "a4111111111111111f",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "0.4111111111111111",
        "41 11 11 11 11 11 11 11 2 3", "10.4.111.111", "+49 30 901820", "123456789012345678901234567890"})
    EXPECT_FALSE(finds("card", text)) << text;
}

TEST(Detectors, IbansNeedLengthAndCheckDigits) {
  for (auto const* good : {"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "NO9386011117947",
                           "pay to DE89 3704 0044 0532 0130 00 NOW"})
    EXPECT_TRUE(finds("iban", good)) << good;
  EXPECT_FALSE(finds("iban", "GB82WEST12345698765433"));
  auto const hit = detector("iban")->find("DE89370400440532013000 THANKS", 0);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->end, 22u) << "what follows is not part of it";
}

TEST(Detectors, SmallLettersMakeAnIbanInOnePieceOrInFours) {
  EXPECT_TRUE(finds("iban", "de89370400440532013000"));
  EXPECT_TRUE(finds("iban", "to de89 3704 0044 0532 0130 00 please"));
  EXPECT_TRUE(finds("iban", "Gb82West12345698765432"));
  EXPECT_FALSE(finds("iban", "de893 704004 40532013000")) << "as prose is cut into words";
  EXPECT_FALSE(finds("iban", "de89370400440532013001"));
}

TEST(Detectors, KeysOfOtherServices) {
  std::string const r = "0123456789abcdefABCDEF0123456789abcdefABCDEF";
  for (auto const& key :
       {"sk_live_" + r.substr(0, 24), "rk_live_" + r.substr(0, 24),
        "xoxb-123456789012-123456789012-" + r.substr(0, 24), "glpat-" + r.substr(0, 20),
        "npm_" + r.substr(0, 36), "gho_" + r.substr(0, 36),
        std::string{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop"},
        std::string{"-----BEGIN RSA PRIVATE KEY-----"}, std::string{"-----BEGIN PRIVATE KEY-----"}})
    EXPECT_TRUE(finds("api_key", "key " + key + " end")) << key;
  for (auto const* text :
       {"sk_live_stage", "npm_package_name", "xoxb-", "glpat-x", "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----", "eyJ is how a token begins"})
    EXPECT_FALSE(finds("api_key", text)) << text;
}

TEST(Detectors, MailPhonesAndKeys) {
  EXPECT_TRUE(finds("email", "write to ann.b+c@mail.example.com please"));
  EXPECT_FALSE(finds("email", "ann@localhost"));
  EXPECT_TRUE(finds("phone", "call +49 (30) 1234-5678"));
  EXPECT_FALSE(finds("phone", "1 + 2"));
  EXPECT_TRUE(finds("api_key", "tsg-0123456789ABCDEFGHIJabcdefghijKL3i3PNM"));
  EXPECT_TRUE(finds("api_key", "AKIAIOSFODNN7EXAMPLE"));
  EXPECT_FALSE(finds("api_key", "sk-short"));
}

std::string const kRules = R"({"content":[
    {"detector":"email","action":"redact"},
    {"detector":"card","action":"redact","replacement":"<card>"},
    {"name":"codename","pattern":"project [A-Z][a-z]+","longest":32,"action":"redact"},
    {"name":"word","pattern":"\\bsecret\\b","longest":8,"action":"flag"}]})";

struct Filtered {
  std::string text;
  std::vector<std::string> matched;
};

// `pieces`: where the text is cut.
Filtered run(Levels const& levels, std::string_view text, std::vector<std::size_t> const& cuts) {
  ContentRules const rules{levels, Side::answer};
  Tally tally{rules};
  TextFilter filter{rules, tally};
  Filtered out;
  std::size_t at = 0;
  for (auto const cut : cuts) {
    EXPECT_TRUE(filter.feed(text.substr(at, cut - at), out.text));
    at = cut;
  }
  EXPECT_TRUE(filter.feed(text.substr(at), out.text));
  EXPECT_TRUE(filter.finish(out.text));
  for (auto const& m : tally.matched()) out.matched.push_back(m.rule + " " + m.effect);
  return out;
}

TEST(ContentRules, RedactAndCount) {
  SmallWorld w;
  w.policy(kOrg, kRules);
  auto const out = run(
      w.levels(), "Mail a@b.example and c@d.example about project Orion, 4012888888881881; a secret.", {});
  EXPECT_EQ(out.text, "Mail [EMAIL] and [EMAIL] about [CODENAME], <card>; a secret.");
  EXPECT_EQ(out.matched, (std::vector<std::string>{"content.email redact 2", "content.card redact 1",
                                                   "content.codename redact 1", "content.word flag 1"}));
}

// RED-9: every cut, and all bytes one by one, give what the whole text gives. Longer than two windows, so
// that text leaves before the end; with letters of several bytes.
TEST(ContentRules, TheOutcomeDoesNotDependOnHowTheTextIsCut) {
  SmallWorld w;
  w.policy(kOrg, kRules);
  auto const levels = w.levels();
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += "Größe " + std::to_string(i) + ": ann.example" + std::to_string(i) +
            "@mail.example.com, project Orion — 4012-8888-8888-1881 123 12/27, secret secrets; " +
            std::string(70, 'x') + "é";
  auto const whole = run(levels, text, {});
  EXPECT_EQ(whole.text.find('@'), std::string::npos);
  EXPECT_EQ(whole.text.find("4012"), std::string::npos);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    auto const out = run(levels, text, {cut});
    ASSERT_EQ(out.text, whole.text) << "cut at " << cut;
    ASSERT_EQ(out.matched, whole.matched) << "cut at " << cut;
  }
  std::vector<std::size_t> all;
  for (std::size_t i = 1; i < text.size(); ++i) all.push_back(i);
  EXPECT_EQ(run(levels, text, all).text, whole.text);
}

// The same for what must stay JSON: escaped in a string, a string where a number stood, whole numbers only.
TEST(ContentRules, JsonStaysJsonWhereverItIsCut) {
  SmallWorld w;
  w.policy(kOrg, R"({"content":[{"detector":"card","action":"redact","replacement":"\"card\""},
                                {"name":"nine","pattern":"9{3}","longest":8,"action":"redact"},
                                {"name":"n","pattern":"nine","longest":8,"action":"redact"}]})");
  auto const levels = w.levels();
  ContentRules const rules{levels, Side::answer};
  std::string text =
      R"({"x":4111111111111111,"y":[-4111111111111111,1.59990e7,"999"],"s":"4111 1111 1111 1111 \nnine",)";
  text += R"("pad":")" + std::string(200, 'x') + R"(","z":{"a":4111111111111111}, "t":true})";
  auto const filtered = [&](std::vector<std::size_t> const& cuts) {
    Tally tally{rules};
    TextFilter filter{rules, tally, Form::json};
    std::string out;
    std::size_t at = 0;
    for (auto const cut : cuts) {
      EXPECT_TRUE(filter.feed(std::string_view{text}.substr(at, cut - at), out));
      at = cut;
    }
    EXPECT_TRUE(filter.feed(std::string_view{text}.substr(at), out));
    EXPECT_TRUE(filter.finish(out));
    return out;
  };
  auto const whole = filtered({});
  auto const json = nlohmann::json::parse(whole, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << whole;
  EXPECT_EQ(json["x"], "\"card\"");
  EXPECT_EQ(json["y"], nlohmann::json::parse(R"(["\"card\"","[NINE]","[NINE]"])"));
  EXPECT_EQ(json["s"], "\"card\" \n[N]");
  EXPECT_EQ(json["z"]["a"], "\"card\"");
  EXPECT_EQ(json["t"], true);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) ASSERT_EQ(filtered({cut}), whole) << "cut at " << cut;
  std::vector<std::size_t> all;
  for (std::size_t i = 1; i < text.size(); ++i) all.push_back(i);
  EXPECT_EQ(filtered(all), whole);
}

// A token is longer than any window, and worth stealing without its beginning.
TEST(ContentRules, ALongTokenLeavesNothingBehind) {
  SmallWorld w;
  w.policy(kOrg, R"({"content":[{"detector":"api_key","action":"redact"}]})");
  auto const levels = w.levels();
  std::string const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJ" + std::string(900, 'a') + "." + std::string(86, 'b');
  std::string pem = "-----BEGIN PRIVATE KEY-----\n";
  for (int i = 0; i < 25; ++i) pem += std::string(64, 'C') + "\n";
  pem += "-----END PRIVATE KEY-----";
  auto const text = std::string(50, '.') + " " + jwt + " and then\n" + pem + "\nthe end.";
  auto const whole = run(levels, text, {});
  EXPECT_EQ(whole.text,
            std::string(50, '.') + " [API_KEY] and then\n[API_KEY]-----END PRIVATE KEY-----\nthe end.");
  EXPECT_EQ(whole.matched, std::vector<std::string>{"content.api_key redact 2"});
  for (std::size_t cut = 0; cut <= text.size(); cut += 7)
    ASSERT_EQ(run(levels, text, {cut}).text, whole.text) << "cut at " << cut;
}

TEST(ContentRules, NothingAfterADeniedTextLeavesWhateverTheCut) {
  SmallWorld w;
  w.policy(kOrg, R"({"content":[{"name":"no-orion","pattern":"Orion","longest":8}]})", 4);
  auto const levels = w.levels();
  std::string const text = std::string(100, 'a') + " Orion " + std::string(100, 'b');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ContentRules const rules{levels, Side::answer};
    Tally tally{rules};
    TextFilter filter{rules, tally};
    std::string out;
    auto r = filter.feed(std::string_view{text}.substr(0, cut), out);
    if (r) r = filter.feed(std::string_view{text}.substr(cut), out);
    if (r) r = filter.finish(out);
    ASSERT_FALSE(r) << cut;
    EXPECT_EQ(r.error().peek()->rule, "policy org/acme v4 content.no-orion");
    EXPECT_EQ(out, std::string(100, 'a') + " ") << cut;
  }
}

TEST(ContentRules, WhatIsHeldBackIsBounded) {
  SmallWorld w;
  w.policy(kOrg, R"({"content":[{"name":"x","pattern":"[0-9]{4,}","longest":16,"action":"redact"}]})");
  auto const levels = w.levels();
  ContentRules const rules{levels, Side::answer};
  Tally tally{rules};
  TextFilter filter{rules, tally};
  std::string out;
  std::size_t fed = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(filter.feed("no digits ", out));
    fed += 10;
    ASSERT_LE(fed - out.size(), 2 * 16u + 4 + 10);
  }
  ASSERT_TRUE(filter.finish(out));
  EXPECT_EQ(out.size(), fed);
}

TEST(ContentRules, SidesAreApart) {
  SmallWorld w;
  w.policy(kOrg, R"({"content":[{"detector":"email","on":["prompt"]}]})");
  auto const levels = w.levels();
  EXPECT_FALSE(ContentRules(levels, Side::prompt).empty());
  EXPECT_TRUE(ContentRules(levels, Side::answer).empty());
}

}  // namespace
}  // namespace tsg::governance
