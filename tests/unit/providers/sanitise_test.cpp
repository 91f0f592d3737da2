#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace sanitise_test {

// Composed here so that no scanner takes this file for a leak.
std::string key(std::string_view prefix, std::size_t length) {
  std::string s{prefix};
  for (std::size_t i = 0; i < length; ++i) s += "Ab3dE5gH"[i % 8];
  return s;
}

TEST(Sanitise, KeysOfEveryKindAreGone) {
  for (auto const& secret :
       {key("sk-", 48), key("sk-proj-", 60), key("sk-ant-api03-", 90), key("xai-", 80), key("pplx-", 48),
        key("AIza", 35), key("hf_", 34), key("ghp_", 36), key("AKIA", 16), key("tsg-", 38),
        std::string{"sk-a***********xyz"}, std::string{"test-con****-key"}, std::string{"na***ys"},
        key("org-", 24), key("proj_", 24), key("user-", 24)})
    for (std::string const wrap : {"key '", "(", "=", "Bearer ", "\n", "…"}) {
      auto const clean = sanitise("Refused: " + wrap + secret + ". Try again.");
      EXPECT_EQ(clean.find(secret), std::string::npos) << clean;
      EXPECT_NE(clean.find("[redacted]. Try again."), std::string::npos) << clean;
    }
}

TEST(Sanitise, AccountsThatOnlyTheContextTells) {
  EXPECT_EQ(sanitise("Your team 3f2b8c1e-1d2a-4b5c-9e8f-0a1b2c3d4e5f has used all credits"),
            "Your team [redacted] has used all credits");
  EXPECT_EQ(sanitise("Project number 123456789012 has no access"), "Project number [redacted] has no access");
  EXPECT_EQ(sanitise("API key: 0123456789abcdef0123 is wrong"), "API key: [redacted] is wrong");
  EXPECT_EQ(sanitise("saw 0123456789abcdef0123456789abcdef there"), "saw [redacted] there");
}

TEST(Sanitise, OrdinaryMessagesStayAsTheyAre) {
  for (std::string const message :
       {"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
        "instead.",
        "The model `gpt-4o-2024-08-06` does not exist or you do not have access to it.",
        "This key cannot use claude-opus-4-5-20251101, grok-4.20-0309-reasoning or sonar-deep-research.",
        "Rate limit reached: Limit 30000000, Used 29999999, Requested 100. Try again in 644ms.",
        "An assistant message with 'tool_calls' must be followed by messages for: "
        "call_abc123DEF456ghi789JKL012mno345",
        "an org-wide, team-based limit; request req_13d9b359dc234adc87be3833cacab1c6",
        "Zu lange Eingabe: é ü 漢字 🎈", ""})
    EXPECT_EQ(sanitise(message), message);
}

TEST(Sanitise, CutsToWholeCharactersAndCleansBytes) {
  auto const cut = sanitise(std::string(1999, 'a') + " é tail");
  EXPECT_LE(cut.size(), 2000u);
  EXPECT_EQ(sanitise("a\xff"
                     "b\xc3")
                .find("\xff"),
            std::string::npos);
  EXPECT_EQ(sanitise("a\xff"
                     "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(sanitise(std::string("a\0b\x1b[31m", 8)), "a b [31m");
  for (std::size_t n = 1990; n <= 2003; ++n) {
    std::string s(n, ' ');
    s += "漢字" + key("sk-", 48);
    auto const clean = sanitise(s);
    EXPECT_LE(clean.size(), 2000u);
    EXPECT_EQ(clean, sanitise(clean)) << n;  // still valid text, still clean
    EXPECT_EQ(clean.find("sk-"), std::string::npos);
  }
}

TEST(Sanitise, TheLiveCredentialGoesWhateverItsForm) {
  EXPECT_EQ(without("bad canary-1 and canary-1.", "canary-1"), "bad [redacted] and [redacted].");
  EXPECT_EQ(without("nothing", ""), "nothing");
}

}  // namespace sanitise_test
}  // namespace tsg::providers
