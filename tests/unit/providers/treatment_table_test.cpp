// The README's table is made from the adapters' own tables, so that it cannot say anything else than they do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace treatment_table_test {

constexpr std::string_view kBegin = "<!-- parameters:begin -->\n", kEnd = "<!-- parameters:end -->";

std::filesystem::path readme() {
  return std::filesystem::path{__FILE__}.parent_path() / "../../../src/providers/README.md";
}
std::string slurp(std::filesystem::path const& file) {
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A dialect is shown by the first of its APIs. OpenAI's is the client's own: everything is passed on.
struct Column {
  std::string_view dialect;
  Treatments const& treatments;
};
std::vector<Column> columns() {
  std::vector<Column> out;
  for (auto const dialect : dialects())
    if (auto const* table = adapter_for(dialect)->apis().front().treatments) out.push_back({dialect, *table});
  return out;
}

bool says_nothing(Treatment const& t) {
  return t.fate == Fate::unsaid || (t.fate == Fate::refused && t.note == kNotKnown);
}

std::string cell(Treatment const& t) {
  if (says_nothing(t)) return "refused";
  std::string out = t.fate == Fate::mapped    ? "mapped"
                    : t.fate == Fate::dropped ? "dropped"
                    : t.fate == Fate::waived  ? "waived"
                                              : "refused";
  if (!t.note.empty()) out += ": " + std::string{t.note};
  std::ranges::replace(out, '|', '/');
  return out;
}

std::string table() {
  auto const shown = columns();
  std::string head = "| parameter |", rule = "|---|", out;
  for (auto const& column : shown) {
    head += " " + std::string{column.dialect} + " |";
    rule += "---|";
  }
  out = head + "\n" + rule + "\n";
  for (auto const& names : conversation::feature_names()) {
    auto const refused = [&](Column const& c) { return says_nothing(c.treatments[names.feature]); };
    if (names.chat.empty() || std::ranges::all_of(shown, refused)) continue;
    out += "| `" + std::string{names.chat} + "` |";
    for (auto const& column : shown) out += " " + cell(column.treatments[names.feature]) + " |";
    out += "\n";
  }
  return out;
}

TEST(TreatmentTable, IsWhatTheReadmeSays) {
  auto text = slurp(readme());
  auto const begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  auto const at = begin + kBegin.size();
  auto const wanted = table();
  if (std::getenv("TSG_WRITE_README")) {
    text.replace(at, end - at, wanted);
    std::ofstream{readme()} << text;
    return;
  }
  EXPECT_EQ(text.substr(at, end - at), wanted)
      << "put the second text between the markers of src/providers/README.md";
}

std::string_view any_name(conversation::FeatureNames const& n) {
  for (auto const name : {n.chat, n.responses, n.messages, n.embeddings})
    if (!name.empty()) return name;
  return {};
}

// Nobody forgets one of many places: each API of each dialect says what becomes of each thing that can be
// asked of it.
TEST(TreatmentTable, OfEachApiTreatsEachFeature) {
  for (auto const dialect : dialects())
    for (auto const& api : adapter_for(dialect)->apis()) {
      if (!api.treatments) continue;
      for (auto const& n : conversation::feature_names()) {
        bool const asked = api.wire == Wire::embeddings ? !n.embeddings.empty()
                                                        : any_name(n) != n.embeddings || !n.chat.empty();
        auto const& t = (*api.treatments)[n.feature];
        EXPECT_TRUE(!asked || t.fate != Fate::unsaid)
            << dialect << ", API " << static_cast<int>(api.wire) << ", does not treat " << any_name(n);
        EXPECT_EQ(t.feature, n.feature);
      }
    }
}

TEST(TreatmentTable, GivesEachRefusalAReason) {
  for (auto const dialect : dialects())
    for (auto const& api : adapter_for(dialect)->apis())
      if (api.treatments)
        for (auto const& n : conversation::feature_names()) {
          auto const& t = (*api.treatments)[n.feature];
          EXPECT_TRUE(t.fate == Fate::mapped || !t.note.empty()) << dialect << ' ' << any_name(n);
        }
}

// What is sent of a closed set is part of it.
TEST(TreatmentTable, SendsWordsThatItTakes) {
  for (auto const dialect : dialects())
    for (auto const& api : adapter_for(dialect)->apis())
      if (api.treatments)
        for (auto const& n : conversation::feature_names()) {
          auto const& t = (*api.treatments)[n.feature];
          std::istringstream words{std::string{t.sent}};
          for (std::string word; std::getline(words, word, '|');)
            EXPECT_NE(("|" + std::string{t.values} + "|").find("|" + word + "|"), std::string::npos)
                << dialect << ' ' << any_name(n) << ' ' << word;
        }
}

TEST(TreatmentTable, KnowsWhatALeftOutWishIs) {
  auto const& anthropic = *adapter_for("anthropic")->apis().front().treatments;
  auto const& tier = anthropic[Feature::service_tier];
  EXPECT_FALSE(leaves_out(tier, "\"auto\""));
  EXPECT_FALSE(leaves_out(tier, "\"default\""));
  EXPECT_TRUE(leaves_out(tier, "\"priority\"")) << "taken from the client, with no equivalent there";
  EXPECT_TRUE(leaves_out(tier, "null"));
  EXPECT_TRUE(leaves_out(anthropic[Feature::seed], "7")) << "dropped";
  EXPECT_TRUE(leaves_out(anthropic[Feature::min_p], "0.5")) << "waived";
  EXPECT_FALSE(leaves_out(anthropic[Feature::choices], "2")) << "refused, not left out";
  EXPECT_FALSE(leaves_out(anthropic[Feature::temperature], "0.5"));
}

}  // namespace treatment_table_test
}  // namespace tsg::providers
