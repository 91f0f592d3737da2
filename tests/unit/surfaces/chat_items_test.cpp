#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "replay/recordings.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/tokens.hpp"
#include "tsg/surfaces/read.hpp"
#include "unit/surfaces/chat_composer.hpp"

namespace tsg::surfaces {
namespace {

using conversation::Item;
using conversation::Part;
using conversation::Prompt;
using conversation::Role;
using conversation::Tool;
using Kind = Item::Kind;

Prompt prompt_of(std::string const& body) {
  auto read = read_chat(body, {});
  EXPECT_TRUE(read) << body << (read ? "" : read.error().message());
  return std::move(*read);
}

// Bodies of recordings and of the fuzz corpus that are requests for chat.
std::vector<std::string> known_bodies() {
  std::vector<std::string> out;
  for (auto const* provider : {"anthropic", "gemini", "openai", "perplexity", "xai"})
    for (auto& recording : replay::recordings(provider)) out.push_back(std::move(recording.request));
  auto const corpus = std::filesystem::path{__FILE__}.parent_path() / "../../fuzz/corpus/request";
  for (auto const& file : std::filesystem::directory_iterator{corpus})
    if (auto const bytes = replay::slurp(file.path()); !bytes.empty()) out.push_back(bytes.substr(1));
  return out;
}

// Valid bodies of every shape that a message and a tool can have.
class Bodies {
 public:
  explicit Bodies(unsigned seed) : random_{seed} {}

  std::string next() {
    std::string messages;
    for (auto n = 1 + below(6); n > 0; --n) add(messages, message());
    std::string out = R"({"model":"m","messages":[)" + messages + "]";
    if (chance()) out += R"(,"system":"be \"brief\"")";
    if (chance()) out += R"(,"tools":[)" + tools() + "]";
    if (below(8) == 0) out += R"(,"functions":[{"name":"g","parameters":{"b":1,"a":2}}])";
    if (chance())
      out += pick({R"(,"tool_choice":"any")", R"(,"tool_choice":{"type":"function","function":{"name":"f"}})",
                   R"(,"tool_choice":{"type":"tool","name":"nobody"})", R"(,"tool_choice":null)",
                   R"(,"tool_choice":{"type":"auto","disable_parallel_tool_use":true})"});
    if (chance())
      out += pick({R"(,"stop":"")", R"(,"stop":["a","","\u0062"])", R"(,"stop":null)",
                   R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"z":1}}})",
                   R"(,"response_format":{"type":"json_object"})", R"(,"parallel_tool_calls":false)"});
    return out + "}";
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance() { return below(2) == 0; }
  std::string pick(std::vector<std::string> const& from) {
    return from[below(static_cast<unsigned>(from.size()))];
  }
  static void add(std::string& list, std::string const& element) {
    if (!list.empty()) list += ",";
    list += element;
  }

  std::string text() { return pick({R"("hi")", R"("")", R"("\n")", R"("a\u0062 \"c\"")", R"("é")"}); }
  std::string cache() {
    return pick({"", "", R"(,"cache_control":{"type":"ephemeral"})", R"(,"cache_control":null)"});
  }
  std::string part(bool assistant) {
    switch (below(assistant ? 4 : 7)) {
      case 0:
      case 1:
        return R"({"type":"text","text":)" + text() + cache() + "}";
      case 2:
        return R"({"type":"refusal","refusal":)" + text() + "}";
      case 3:
        return assistant ? R"({"type":"thinking","thinking":"hm","signature":"s"})"
                         : R"({"type":"video_url","video_url":{"url":"https://x"}})";
      case 4:
        return R"({"image_url":{"detail":"low","url":"https://x/y"},"type":"image\u005furl")" + cache() + "}";
      case 5:
        return R"({"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}})";
      default:
        return R"({"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","filename":"a.pdf","file_id":null}})";
    }
  }
  std::string content(bool assistant) {
    if (chance()) return text();
    std::string parts;
    for (auto n = below(4); n > 0; --n) add(parts, part(assistant));
    return "[" + parts + "]";
  }
  std::string calls() {
    std::string out;
    for (auto n = below(3); n > 0; --n) {
      auto const id = "c" + std::to_string(++calls_);
      add(out,
          chance()
              ? R"({"id":")" + id + R"(","type":"function","function":{"name":"f\u002e1","arguments":)" +
                    text() + "}" + cache() + "}"
              : R"({"custom":{"input":)" + text() + R"(,"name":"g"},"type":"custom","id":")" + id + R"("})");
    }
    return "[" + out + "]";
  }
  std::string message() {
    switch (below(6)) {
      case 0:
        return R"({"role":")" + pick({"system", "developer"}) + R"(","content":)" + content(false) + cache() +
               "}";
      case 1:
        return R"({"role":"tool","tool_call_id":"c1","content":)" + content(false) + "}";
      case 2:
        return R"({"role":"function","name":"f","content":)" + pick({text(), "null"}) + "}";
      case 3:
        return R"({"r\u006fle":"user","name":)" + text() + R"(,"content":)" + content(false) + cache() + "}";
      default: {
        std::string out = R"({"role":"assistant")";
        if (chance()) out += R"(,"content":)" + pick({content(true), "null"});
        if (chance()) out += R"(,"tool_calls":)" + pick({calls(), "null"});
        if (below(6) == 0) out += R"(,"function_call":{"name":"g","arguments":"{}"})";
        if (below(4) == 0) out += R"(,"refusal":)" + pick({text(), "null"});
        if (below(4) == 0) out += R"(,"name":"bot")";
        if (below(4) == 0) out += R"(,"reasoning_content":"because")";
        if (below(4) == 0)
          out += R"(,"thinking_blocks":[{"type":"thinking","thinking":"x","signature":"y"}])";
        if (below(8) == 0) out += R"(,"audio":{"id":"audio_1"})";
        return out + cache() + "}";
      }
    }
  }
  std::string tools() {
    std::string out;
    for (auto n = below(4); n > 0; --n)
      add(out,
          pick(
              {R"({"type":"function","function":{"name":"f","description":"d\n","parameters":{"b":1},"strict":true}})",
               R"({"type":"function","function":{"name":"f","strict":false,"cache_control":{"type":"ephemeral"}}})",
               R"({"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark"}}}})",
               R"({"type":"web_search","name":"w"})"}));
    return out;
  }

  std::mt19937 random_;
  unsigned calls_ = 0;
};

std::size_t said(std::string_view raw) {
  return raw.starts_with('"') ? json::unquoted(raw).size() : 0;
}

// What the facts count is what the items hold, so that no surface can bound what it does not send.
void expect_facts_agree(Prompt const& p) {
  std::size_t images = 0, audio = 0, files = 0, text = 0, longest = 0;
  std::set<std::uint32_t> turns;
  bool vague = false;  // a thought in a form that is measured whole
  for (auto const& item : p.items) {
    turns.insert(item.turn);
    text += said(item.speaker);
    if (item.kind == Kind::thought) {
      vague |= item.where.member == ".content";
      if (item.where.member == ".content") continue;
      for (auto const& part : item.parts) text += said(part.value);
      continue;
    }
    if (item.kind == Kind::call) {
      text += item.name.size() + said(item.arguments);
      if (item.where.member == ".tool_calls") {
        text += item.call_id.size();
        longest = std::max(longest, item.call_id.size());
      }
    }
    if (item.kind == Kind::result && item.raw.find("tool_call_id") != item.raw.npos &&
        !item.call_id.starts_with("call_fn_"))
      text += item.call_id.size();
    for (auto const& part : item.parts) {
      images += part.kind == Part::Kind::image;
      audio += part.kind == Part::Kind::audio;
      files += part.kind == Part::Kind::file;
      if (part.kind == Part::Kind::text || part.kind == Part::Kind::refusal) text += said(part.value);
    }
  }
  for (std::string_view const name : {"tools", "functions", "response_format"}) text += p.said(name).size();
  for (auto const& wish : p.wishes)
    if (wish.name == "prediction") text += wish.raw.size();
  EXPECT_EQ(p.image_count, images);
  EXPECT_EQ(p.images, images > 0);
  EXPECT_EQ(p.audio_in, audio > 0);
  EXPECT_EQ(p.file_count, files);
  EXPECT_EQ(p.call_id_longest, longest);
  EXPECT_EQ(p.message_count + p.normalized, turns.size());
  EXPECT_EQ(p.tools, !p.offered.empty());
  bool const hosted = std::ranges::find(p.offered, Tool::Kind::hosted, &Tool::kind) != p.offered.end();
  EXPECT_EQ(p.server_tools, hosted || !p.said(conversation::Feature::search_options).empty());
  EXPECT_EQ(p.json_schema, p.format.kind == conversation::AnswerFormat::Kind::json_schema);
  EXPECT_EQ(p.json_object, p.format.kind == conversation::AnswerFormat::Kind::json_object);
  if (!vague) {
    EXPECT_EQ(p.text_bytes, text);
  }
}

void expect_the_same_read_again(Prompt const& prompt) {
  auto const again = read_chat(composed(prompt), {});
  ASSERT_TRUE(again) << again.error().message() << "\n" << composed(prompt);
  EXPECT_EQ(shown(*again), shown(prompt)) << composed(prompt);
}

TEST(ChatItems, WhatWasReadAndWrittenIsReadTheSame) {
  std::size_t read = 0;
  for (auto const& body : known_bodies()) {
    auto const prompt = read_chat(body, {});
    if (!prompt) continue;
    SCOPED_TRACE(body.substr(0, 2000));
    ++read;
    expect_the_same_read_again(*prompt);
    expect_facts_agree(*prompt);
  }
  EXPECT_GE(read, 10u);
}

TEST(ChatItems, RandomBodiesKeepTheirItemsAndTheirFacts) {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    auto const body = Bodies{seed}.next();
    SCOPED_TRACE(body);
    auto const prompt = read_chat(body, {});
    ASSERT_TRUE(prompt) << prompt.error().message();
    expect_the_same_read_again(*prompt);
    expect_facts_agree(*prompt);
    if (HasFailure()) return;
  }
}

TEST(ChatItems, AMessageIsItsThoughtsItsWordsAndItsCallsInThisOrder) {
  auto const p = prompt_of(R"({"model":"m","messages":[{"role":"assistant","content":[
      {"type":"text","text":"a"},{"type":"thinking","thinking":"hm"},{"type":"text","text":"b"}],
    "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}],
    "reasoning_content":"why"},
    {"role":"tool","tool_call_id":"c1","content":"42"}]})");
  std::vector<Kind> kinds;
  for (auto const& item : p.items) kinds.push_back(item.kind);
  EXPECT_EQ(kinds, (std::vector{Kind::thought, Kind::thought, Kind::say, Kind::call, Kind::result}));
  EXPECT_EQ(p.items[1].parts[0].value, R"("hm")");
  EXPECT_EQ(p.items[1].where.text(), "messages[0].content[1]");
  ASSERT_EQ(p.items[2].parts.size(), 2u);
  EXPECT_EQ(p.items[2].parts[1].where.text(), "messages[0].content[2]");
  EXPECT_EQ(p.items[3].where.text(), "messages[0].tool_calls[0]");
  EXPECT_EQ(p.items[3].turn, p.items[0].turn);
  EXPECT_EQ(p.items[4].call_id, "c1");
  EXPECT_NE(p.items[4].turn, p.items[3].turn);
}

TEST(ChatItems, AMessageThatSaysNothingIsOneAllTheSame) {
  auto const p = prompt_of(
      R"({"model":"m","messages":[{"role":"user","content":[]},{"role":"assistant","content":null}]})");
  ASSERT_EQ(p.items.size(), 2u);
  EXPECT_EQ(p.items[1].kind, Kind::say);
  EXPECT_TRUE(p.items[1].parts.empty());
}

TEST(ChatItems, TheTopLevelSystemComesFirst) {
  auto const p =
      prompt_of(R"({"model":"m","system":"be \"brief\"","messages":[{"role":"user","content":"hi"}]})");
  ASSERT_EQ(p.items.size(), 2u);
  EXPECT_EQ(p.items[0].role, Role::system);
  EXPECT_EQ(p.items[0].parts[0].value, R"("be \"brief\"")");
  EXPECT_EQ(p.items[0].parts[0].where.text(), "system");
  EXPECT_EQ(p.items[1].where.text(), "messages[0]");
}

TEST(ChatItems, EveryMemberAtTheTopIsAWishInTheClientsOrder) {
  auto const p =
      prompt_of(R"({"zeta":1,"model":"m","messages":[{"role":"user","content":"x"}],"seed":7,"top_p":null})");
  ASSERT_EQ(p.wishes.size(), 5u);
  EXPECT_EQ(p.wishes[0].feature, conversation::Feature::unknown);
  EXPECT_EQ(p.wishes[0].name, "zeta");
  EXPECT_EQ(p.said(conversation::Feature::seed), "7");
  EXPECT_EQ(p.said(conversation::Feature::top_p), "") << "null asks for nothing";
}

TEST(ChatItems, NothingButTheFactsOutlivesTheBody) {
  auto p = prompt_of(R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":9,
    "tools":[{"type":"function","function":{"name":"f"}}],"stop":"s"})");
  p.release();
  EXPECT_TRUE(p.items.empty() && p.offered.empty() && p.wishes.empty() && p.stops.empty());
  EXPECT_EQ(p.document.text(), "");
  EXPECT_EQ(p.max_tokens, 9);
  EXPECT_EQ(p.model, "m");
}

TEST(EmbeddingsPrompt, InputsAreTextsOrTheTokensOfOne) {
  auto const inputs = [](std::string const& input) {
    auto const p = read_embeddings(R"({"model":"m","input":)" + input + "}", {});
    EXPECT_TRUE(p);
    std::vector<std::string> out;
    for (auto const one : p->inputs) out.emplace_back(one);
    return out;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(inputs(R"("a")"), Texts{R"("a")"});
  EXPECT_EQ(inputs(R"([ "a", "b" ])"), (Texts{R"("a")", R"("b")"}));
  EXPECT_EQ(inputs("[1, 2,3]"), Texts{"[1, 2,3]"});
  EXPECT_EQ(inputs("[[1,2],[3]]"), (Texts{"[1,2]", "[3]"}));
}

}  // namespace
}  // namespace tsg::surfaces
