// Content rules over the items of an answer: every place is read, and what is redacted stays where it stood.
#include "pipeline/item_filter.hpp"

#include <gtest/gtest.h>

#include "unit/governance/world_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using conversation::Answer;
using conversation::WholeChoice;
using conversation::WholeItem;
using AnswerKind = conversation::Event::Item;

WholeItem made_item(AnswerKind kind, std::string text, std::string id = "", std::string name = "") {
  WholeItem out{kind, std::move(text)};
  out.id = std::move(id);
  out.name = std::move(name);
  return out;
}

struct ReadItems {
  Answer answer;
  bool ok = false, changed = false;
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (auto const& item : answer.choices.at(0).items) out.push_back(item.text);
    return out;
  }
};

ReadItems read_items(std::string_view action, std::vector<WholeItem> items, Answer answer = {},
                     governance::Place const& place = governance::chat_answer()) {
  governance::SmallWorld w;
  w.policy(governance::kOrg, R"({"content":[{"name":"word","pattern":"se+cret","longest":32,"action":")" +
                                 std::string{action} + "\"}]}");
  auto const levels = w.levels();
  governance::ContentRules const rules{levels, governance::Side::answer};
  governance::Tally tally{rules};
  if (answer.choices.empty()) answer.choices.emplace_back();
  for (auto& item : items) answer.choices.front().items.push_back(std::move(item));
  ReadItems out;
  auto const filtered = ItemFilter{rules, tally, place}.filter(answer);
  out.answer = std::move(answer);
  out.ok = filtered.has_value();
  out.changed = filtered && *filtered;
  return out;
}

using Texts = std::vector<std::string>;

TEST(ItemFilter, NothingChangesWithoutAMatch) {
  auto const r = read_items("redact", {made_item(AnswerKind::text, "a"), made_item(AnswerKind::text, "b")});
  EXPECT_TRUE(r.ok);
  EXPECT_FALSE(r.changed);
  EXPECT_EQ(r.texts(), (Texts{"a", "b"}));
}

TEST(ItemFilter, ItemsWithoutAMatchKeepTheirTexts) {
  auto const r =
      read_items("redact", {made_item(AnswerKind::text, "one "), made_item(AnswerKind::call, "{}", "c", "f"),
                            made_item(AnswerKind::text, "a secret "), made_item(AnswerKind::text, "three")});
  EXPECT_EQ(r.texts(), (Texts{"one ", "{}", "a [WORD] ", "three"}));
}

// Where the two meet is read too: to clients that know no items they are one text.
TEST(ItemFilter, AMatchMayBeginInOneItemAndEndInAnother) {
  auto const r =
      read_items("redact", {made_item(AnswerKind::text, "one se"), made_item(AnswerKind::text, "e"),
                            made_item(AnswerKind::thought, "hm"), made_item(AnswerKind::text, "cret two"),
                            made_item(AnswerKind::text, "!")});
  EXPECT_EQ(r.texts(), (Texts{"one [WORD] two", "", "hm", "", "!"}));
  auto const ends =
      read_items("redact", {made_item(AnswerKind::text, "x"), made_item(AnswerKind::text, "secret")});
  EXPECT_EQ(ends.texts(), (Texts{"x", "[WORD]"}));
}

TEST(ItemFilter, EveryPlaceIsRead) {
  for (auto const kind : {AnswerKind::text, AnswerKind::refusal, AnswerKind::thought, AnswerKind::summary,
                          AnswerKind::audio, AnswerKind::call, AnswerKind::custom_call})
    EXPECT_EQ(read_items("redact", {made_item(kind, "\"secret\"")}).texts(), Texts{"\"[WORD]\""});
  auto const call = read_items("redact", {made_item(AnswerKind::call, "{}", "secret 1", "get_secret")});
  EXPECT_EQ(call.answer.choices[0].items[0].id, "[WORD] 1");
  EXPECT_EQ(call.answer.choices[0].items[0].name, "get_[WORD]");

  Answer more;
  auto& choice = more.choices.emplace_back();
  choice.citations.push_back(R"({"type":"url_citation","url_citation":{"url":"u","title":"secret"}})");
  choice.extra = R"(,"thinking_blocks":[{"type":"thinking","thinking":"secret","signature":"s"}],"secret":1)";
  choice.logprobs = R"({"content":[]})";
  more.extra = R"(,"citations":["https://e/secret"])";
  auto const r = read_items("redact", {}, std::move(more));
  EXPECT_TRUE(r.changed);
  auto const& out = r.answer.choices[0];
  EXPECT_EQ(out.citations[0], R"({"type":"url_citation","url_citation":{"url":"u","title":"[WORD]"}})");
  EXPECT_EQ(out.extra, R"(,"thinking_blocks":[],"[WORD]":1)") << "signed: all or nothing";
  EXPECT_EQ(out.logprobs, "") << "they spell the text again";
  EXPECT_EQ(r.answer.extra, R"(,"citations":["https://e/[WORD]"])");
}

TEST(ItemFilter, ASealOfAChangedThoughtIsBroken) {
  auto changed = made_item(AnswerKind::thought, "secret"),
       other = made_item(AnswerKind::call, "{}", "c", "f");
  changed.sealed = other.sealed = "signature";
  auto const r = read_items("redact", {changed, other});
  EXPECT_EQ(r.answer.choices[0].items[0].sealed, "");
  EXPECT_EQ(r.answer.choices[0].items[1].sealed, "signature");
}

TEST(ItemFilter, AnAnswerInJsonStaysJson) {
  auto const r = read_items(
      "redact",
      {made_item(AnswerKind::text, R"({"a":"\u0073ecret",)"), made_item(AnswerKind::text, R"("b":1})")}, {},
      governance::json_answer());
  EXPECT_EQ(r.answer.choices[0].joined(AnswerKind::text), R"({"a":"[WORD]","b":1})");
}

TEST(ItemFilter, WhatIsDeniedDoesNotLeave) {
  for (auto const kind : {AnswerKind::text, AnswerKind::call, AnswerKind::thought})
    EXPECT_FALSE(read_items("deny", {made_item(AnswerKind::text, "fine"), made_item(kind, "secret")}).ok);
}

}  // namespace
}  // namespace tsg::pipeline::test
