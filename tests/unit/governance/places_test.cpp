// The tables of PLACES.md of places, tried row by row: what they say is what the filter does, and no place
// that the filter knows is missing from them.
#include "tsg/governance/places.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tsg/governance/json_filter.hpp"
#include "tsg/json/writer.hpp"
#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

std::string const kCard = "4111 1111 1111 1111";

struct Row {
  std::string section, path, as;
};

std::vector<Row> rows() {
  auto const file = std::filesystem::path{__FILE__}.parent_path() / "../../../src/governance/PLACES.md";
  std::ifstream in{file};
  std::vector<Row> out;
  std::string line, section;
  while (std::getline(in, line)) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (section.empty() || !line.starts_with("| `")) continue;
    auto const end = line.find(" | ");
    auto const as = line.substr(end + 3, line.find(" |", end + 3) - end - 3);
    std::istringstream paths{line.substr(2, end - 2)};
    for (std::string path; std::getline(paths, path, '`') && std::getline(paths, path, '`');)
      out.push_back({section, path, as});
  }
  return out;
}

Place const& element(Place const& list) {
  return list.elements != nullptr ? *list.elements : list;
}
Place const& below(Place const& at, std::initializer_list<std::string_view> names) {
  bool known = false;
  auto const* p = &at;
  for (auto const name : names) p = name == "[]" ? &element(*p) : &child(*p, name, known);
  return *p;
}
Place const& schema_place() {
  return below(chat_request(), {"tools", "[]", "function", "parameters"});
}
Place const& root_of(std::string const& section) {
  if (section == "Chat requests") return chat_request();
  if (section == "Embeddings requests") return embeddings_request();
  if (section == "Schemas") return schema_place();
  return chat_answer();
}

// `a[].{name}` around a value. `name` is put where the client may choose one.
std::string around(std::string path, std::string const& name, std::string const& value) {
  if (path.empty()) return value;
  if (path.starts_with("[]"))
    return "[" + around(path.substr(path.starts_with("[].") ? 3 : 2), name, value) + "]";
  if (path[0] == '.') path.erase(0, 1);
  auto const end = std::min(path.find_first_of(".["), path.size());
  auto key = path.substr(0, end);
  if (key == "{name}") key = name;
  return "{\"" + key + "\":" + around(path.substr(end), name, value) + "}";
}

class Places : public testing::Test {
 protected:
  Places() { w.policy(kOrg, R"({"content":[{"detector":"card","action":"redact"}]})"); }
  std::string filtered(std::string const& text, Place const& at) {
    auto const levels = w.levels();
    ContentRules const rules{levels, Side::prompt};
    Tally tally{rules};
    EXPECT_TRUE(json::scan(text, {})) << text;
    std::vector<Replacement> changes;
    EXPECT_TRUE(filter_value(rules, tally, text, {0, text.size()}, at, changes)) << text;
    return applied(text, std::move(changes));
  }
  SmallWorld w;
};

TEST_F(Places, AreReadAsTheReadmeSays) {
  auto const quoted = [](std::string const& s) { return "\"" + s + "\""; };
  std::string const payload = std::string(60, 'Q') + "/w==";  // of binary bytes
  int tried = 0;
  for (auto const& row : rows()) {
    auto const& at = root_of(row.section);
    auto const put = [&](std::string const& value) { return around(row.path, "zz", value); };
    auto const whole = std::string{row.path}.find("thinking_blocks") != std::string::npos;
    auto const expect = [&](std::string const& value, std::string const& becomes) {
      ++tried;
      auto want = put(becomes);
      if (whole && becomes != value) want = around(row.path.substr(0, row.path.rfind("[]")), "zz", "[]");
      EXPECT_EQ(filtered(put(value), at), want) << row.section << ": " << row.path;
    };
    if (row.as == "not covered") {
      expect(quoted(kCard), quoted(kCard));
      continue;
    }
    expect(quoted(row.as == "JSON" ? "{\\\"x\\\":\\\"\\\\u0034111 1111 1111 1111\\\"}" : "my " + kCard),
           quoted(row.as == "JSON" ? "{\\\"x\\\":\\\"[CARD]\\\"}" : "my [CARD]"));
    if (row.as == "read" && row.path != "input" && row.path != "input[]")
      expect("4111111111111111", quoted("[CARD]"));
    if (row.as == "setting") expect("4111111111111111", "4111111111111111");
    if (row.as == "payload") expect(quoted(payload), quoted(payload));
    if (row.as == "media")
      expect(quoted("data:image/png;base64," + payload), quoted("data:image/png;base64," + payload));
    if (row.path.ends_with("{name}")) {
      EXPECT_EQ(filtered(around(row.path, kCard, "true"), at), around(row.path, "[CARD]", "true"))
          << row.path;
    }
  }
  EXPECT_GT(tried, 200);
}

// All known paths below a place; schemas are a table of their own.
void walk(Place const& at, std::string const& path, std::set<Place const*>& open,
          std::set<std::string>& out) {
  if (&at == &schema_place() && !path.empty()) {
    out.insert(path);
    return;
  }
  if (!open.insert(&at).second) return;
  if (at.elements != nullptr) walk(*at.elements, path + "[]", open, out);
  for (auto const& m : at.members)
    walk(*m.place, path.empty() ? std::string{m.name} : path + "." + std::string{m.name}, open, out);
  if (at.members.empty() && at.elements == nullptr) out.insert(path);
  open.erase(&at);
}

TEST_F(Places, OfTheFilterAreAllInTheReadme) {
  std::map<std::string, std::set<std::string>> told;
  for (auto const& row : rows()) told[row.section].insert(row.path);
  for (auto const* section : {"Chat requests", "Embeddings requests", "Chat answers", "Schemas"}) {
    std::set<Place const*> open;
    std::set<std::string> known;
    auto const& root = root_of(section);
    for (auto const& m : root.members) walk(*m.place, std::string{m.name}, open, known);
    for (auto path : known) {
      // The same as elsewhere, by the row's remark.
      for (auto const* same : {"function_call.", "prediction.content[]", "choices[].delta"})
        if (path.starts_with(same)) path.clear();
      if (path.empty()) continue;
      auto const& all = told[section];
      EXPECT_TRUE(all.contains(path) || all.contains(path + "[]") || all.contains(path + ".{name}"))
          << section << ": " << path;
    }
  }
}

// The protocol's words pass whatever a rule matches; nothing else does, at the same place.
TEST_F(Places, AWordOfTheProtocolIsNobodysText) {
  SmallWorld own;
  own.policy(
      kOrg,
      R"({"content":[{"name":"w","pattern":"user|text|object|properties|auto|type","action":"redact"}]})");
  auto const levels = own.levels();
  ContentRules const rules{levels, Side::prompt};
  auto const filtered = [&](std::string const& text) {
    Tally tally{rules};
    std::vector<Replacement> changes;
    EXPECT_TRUE(filter_value(rules, tally, text, {0, text.size()}, chat_request(), changes));
    return applied(text, changes);
  };
  std::string const plain =
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"user":"u","tool_choice":"auto",)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}]})";
  EXPECT_EQ(filtered(plain), plain);
  EXPECT_EQ(filtered(R"({"messages":[{"role":"user","content":"user"}],"user":"auto"})"),
            R"({"messages":[{"role":"user","content":"[W]"}],"user":"[W]"})");
  EXPECT_EQ(filtered(R"({"messages":[{"role":"a user","content":"x"}]})"),
            R"({"messages":[{"role":"a [W]","content":"x"}]})");
  EXPECT_EQ(filtered(R"({"metadata":{"type":"x"}})"), R"({"metadata":{"[W]":"x"}})");
}

// What a text begins with decides nothing.
TEST_F(Places, ATextThatLooksLikeMediaIsText) {
  for (auto const* text : {"data: my card 4111 1111 1111 1111", "data:image/png;base64,4111111111111111",
                           "data:text/plain,4111 1111 1111 1111", "data:;base64, 4111 1111 1111 1111"}) {
    auto const body = R"({"messages":[{"role":"user","content":")" + std::string{text} + R"("}]})";
    EXPECT_EQ(filtered(body, chat_request()).find("1111"), std::string::npos) << text;
    auto const image = R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":")" +
                       std::string{text} + R"("}}]}]})";
    EXPECT_EQ(filtered(image, chat_request()).find("1111"), std::string::npos)
        << "where media may stand: " << text;
  }
  auto const head =
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;n=4111111111111111;base64,)" +
      std::string(64, 'Q') + R"("}}]}]})";
  EXPECT_EQ(filtered(head, chat_request()).find("1111"), std::string::npos);
}

// base64 of "Dear Sir, my card is 4111 1111 1111 1111. It is valid until the end of the year.\n"
TEST_F(Places, AFileOfTextIsReadThroughItsEncoding) {
  std::string const base64 =
      "RGVhciBTaXIsIG15IGNhcmQgaXMgNDExMSAxMTExIDExMTEgMTExMS4gSXQgaXMgdmFsaWQgdW50aWwgdGhlIGVuZCBvZiB0aGUgeW"
      "Vhci4K";
  std::string const redacted =
      "RGVhciBTaXIsIG15IGNhcmQgaXMgW0NBUkRdLiBJdCBpcyB2YWxpZCB1bnRpbCB0aGUgZW5kIG9mIHRoZSB5ZWFyLgo=";
  for (std::string const head : {"", "data:text/plain;base64,", "data:application/pdf;base64,"}) {
    auto const body = [&](std::string const& data) {
      return R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":")" + head + data +
             R"("}}]}]})";
    };
    EXPECT_EQ(filtered(body(base64), chat_request()), body(redacted));
  }
}

// A type of text makes a payload a text at any length, however its last bits and its padding are written.
TEST_F(Places, AShortFileOfTextIsReadThroughItsEncoding) {
  auto const file = [](std::string const& url) {
    return R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":")" + url +
           R"("}}]}]})";
  };
  auto const image = [](std::string const& url) {
    return R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":")" + url +
           R"("}}]}]})";
  };
  for (std::string const type :
       {"text/plain", "text/csv", "text/markdown", "TEXT/plain;charset=utf-8", "application/json", ""})
    for (std::string const data : {"NDExMTExMTExMTExMTExMQ==", "NDExMTExMTExMTExMTExMQ",
                                   "NDExMTExMTExMTExMTExMR", "NDExMTExMTExMTExMTExMQ="}) {
      auto const head = "data:" + type + ";base64,";
      EXPECT_EQ(filtered(file(head + data), chat_request()), file(head + "W0NBUkRd")) << head << data;
      EXPECT_EQ(filtered(image(head + data), chat_request()), image(head + "W0NBUkRd")) << head << data;
    }
  // "hello" stays as it is spelt; digits in the place of base64 are digits.
  auto const hello = file("data:text/plain;base64,aGVsbG8");
  EXPECT_EQ(filtered(hello, chat_request()), hello);
  EXPECT_EQ(filtered(file("data:text/plain;base64,4111111111111111"), chat_request()).find("1111"),
            std::string::npos);
}

TEST_F(Places, PartsAreReadWhereTheyMeet) {
  auto const body = [](std::vector<std::string> const& parts) {
    std::string out = R"({"messages":[{"role":"user","content":[)";
    for (auto const& p : parts)
      out += (out.back() == '[' ? "" : ",") + (R"({"type":"text","text":")" + p + "\"}");
    return out + "]}]}";
  };
  EXPECT_EQ(filtered(body({"card 4111 1111 ", "1111 1111 ok"}), chat_request()),
            body({"card [CARD]", " ok"}));
  EXPECT_EQ(filtered(body({"4111", " 1111", " 11", "11 1111."}), chat_request()),
            body({"[CARD]", "", "", "."}));
  // Each by itself as well: its neighbours must not hide what it holds.
  EXPECT_EQ(filtered(body({"abc", "4111111111111111", "def"}), chat_request()),
            body({"abc", "[CARD]", "def"}));
  EXPECT_EQ(filtered(body({"4111111111111111 and 4111", " 1111 1111 1111"}), chat_request()).find("1111"),
            std::string::npos);
  EXPECT_EQ(filtered(body({"one", "two"}), chat_request()), body({"one", "two"}));
  EXPECT_EQ(
      filtered(R"({"messages":[{"content":[{"text":"4111 1111 "},{"text":["1111 1111",[]]},{"text":"x"}]}]})",
               chat_request()),
      R"({"messages":[{"content":[{"text":"[CARD]"},{"text":["",[]]},{"text":"x"}]}]})");
  std::vector<std::string> letters;
  for (char const c : kCard) letters.emplace_back(1, c);
  std::vector<std::string> gone(letters.size());
  gone[0] = "[CARD]";
  EXPECT_EQ(filtered(body(letters), chat_request()), body(gone));
}

TEST_F(Places, EscapesOfJsonInsideAStringHideNothing) {
  std::string const hidden = R"({\"x\":\"\\u0034111 1111 1111 1111\",\"x\":1})";  // a name twice, too
  EXPECT_EQ(filtered(R"({"messages":[{"role":"tool","content":")" + hidden + R"("}]})", chat_request()),
            R"({"messages":[{"role":"tool","content":"{\"x\":\"[CARD]\",\"x\":1}"}]})");
  EXPECT_EQ(
      filtered(R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":")" + hidden +
                   R"("}}]}]})",
               chat_request()),
      R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"x\":\"[CARD]\",\"x\":1}"}}]}]})");
  EXPECT_EQ(
      filtered(R"({"messages":[{"role":"user","c\u006fntent":"\u0034111 1111 1111 1111"}]})", chat_request()),
      R"({"messages":[{"role":"user","c\u006fntent":"[CARD]"}]})");
}

// A level of arrays more or less decides nothing; what is too deep to be redacted is refused.
TEST_F(Places, EscapesOfDeepJsonInsideAStringHideNothing) {
  auto const deep = [](std::size_t levels, std::string const& inside) {
    return std::string(levels, '[') + inside + std::string(levels, ']');
  };
  auto const content = [](std::string const& said) {
    return R"({"messages":[{"role":"user","content":")" + said + R"("}]})";
  };
  auto const parts = [](std::string const& said) {
    return R"({"messages":[{"role":"user","content":[{"type":"text","text":")" + said + R"("}]}]})";
  };
  auto const arguments = [](std::string const& said) {
    return R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":")" + said +
           R"("}}]}]})";
  };
  auto const answer = [](std::string const& said) {
    return R"({"choices":[{"message":{"tool_calls":[{"function":{"arguments":")" + said + R"("}}]}}]})";
  };
  auto const refused = [&](std::string const& text, Place const& at) {
    auto const levels = w.levels();
    ContentRules const rules{levels, Side::prompt};
    Tally tally{rules};
    std::vector<Replacement> changes;
    auto const done = filter_value(rules, tally, text, {0, text.size()}, at, changes);
    return !done && done.error().code() == Errc::policy_denied &&
           done.error().peek()->rule == "policy org/acme v1 content.card";
  };
  std::string const hidden = R"(\"\\u0034111111111111111\")";
  for (std::size_t const levels : {127, 128, 129, 1000, 10'000}) {
    auto const said = deep(levels, hidden), without = deep(levels, R"(\"[CARD]\")");
    EXPECT_EQ(filtered(content(said), chat_request()), content(without)) << levels;
    EXPECT_EQ(filtered(parts(said), chat_request()), parts(without)) << levels;
    EXPECT_EQ(filtered(arguments(said), chat_request()), arguments(without)) << levels;
    EXPECT_EQ(filtered(answer(said), chat_answer()), answer(without)) << levels;
  }
  for (auto const& inside :
       {hidden, std::string{R"(\"4\\u0031\\u00311 1111 1111 1111\")"},
        std::string{R"(\"\\\"\\\\u0034111111111111111\\\"\")"},                // JSON in JSON
        std::string{R"(\"\\u005cu0034111111111111111\")"},                     // its backslash spelt itself
        std::string{R"(\"4111111111111111\",\"\\u0034111111111111111\")"}}) {  // behind one in plain sight
    auto const said = deep(100'000, inside);
    EXPECT_TRUE(refused(content(said), chat_request())) << inside;
    EXPECT_TRUE(refused(parts(said), chat_request())) << inside;
    EXPECT_TRUE(refused(arguments(said), chat_request())) << inside;
    EXPECT_TRUE(refused(answer(said), chat_answer())) << inside;
  }
  auto const seen = deep(100'000, R"(\"4111111111111111 \\u00e9\\ud83d\\ude00\\ud83d\")");
  EXPECT_EQ(filtered(content(seen), chat_request()),
            content(deep(100'000, R"(\"[CARD] \\u00e9\\ud83d\\ude00\\ud83d\")")));
  auto const harmless = content(deep(100'000, R"(\"\\u00e9\\ud83d\\ude00\")"));
  EXPECT_EQ(filtered(harmless, chat_request()), harmless);
}

// JSON in a string of JSON, again and again. A backslash that is spelt \\u005c makes each level cheap to
// write.
TEST_F(Places, EscapesOfJsonInManyStringsHideNothing) {
  for (int const levels : {2, 8, 9, 10, 300}) {
    std::string text = R"("\u0034111111111111111")";
    for (int i = 1; i < levels; ++i) {
      std::string outer = "\"";
      for (char const c : text) {
        if (c == '"' || c == '\\')
          outer += c == '"' ? "\\u0022" : "\\u005c";
        else
          outer += c;
      }
      text = outer + "\"";
    }
    auto const body = R"({"messages":[{"role":"user","content":)" + json::quoted(text) + "}]}";
    auto const all = w.levels();
    ContentRules const rules{all, Side::prompt};
    Tally tally{rules};
    std::vector<Replacement> changes;
    auto const done = filter_value(rules, tally, body, {0, body.size()}, chat_request(), changes);
    EXPECT_EQ(done.has_value(), levels <= 8) << levels;
    if (done)
      EXPECT_NE(applied(body, changes).find("[CARD]"), std::string::npos) << levels;
    else
      EXPECT_EQ(done.error().code(), Errc::policy_denied) << levels;
  }
}

TEST_F(Places, WhatStandsInPlainSightDoesNotHideAnEscape) {
  EXPECT_EQ(
      filtered(
          R"({"messages":[{"role":"user","content":"{\"a\":\"4111111111111111\",\"b\":\"\\u0034111111111111111\"}"}]})",
          chat_request()),
      R"({"messages":[{"role":"user","content":"{\"a\":\"[CARD]\",\"b\":\"[CARD]\"}"}]})");
}

TEST_F(Places, TokenNumbersAreRefusedByRulesThatWouldHaveToReadThem) {
  for (auto const* input : {"[1,2,3]", "[[1,2],[3]]", R"(["a",[1]])"}) {
    auto const levels = w.levels();
    ContentRules const rules{levels, Side::prompt};
    Tally tally{rules};
    auto const text = "{\"input\":" + std::string{input} + "}";
    std::vector<Replacement> changes;
    auto const done = filter_value(rules, tally, text, {0, text.size()}, embeddings_request(), changes);
    ASSERT_FALSE(done) << input;
    EXPECT_EQ(done.error().code(), Errc::policy_denied);
    EXPECT_EQ(done.error().peek()->rule, "policy org/acme v1 content.card");
  }
  SmallWorld own;
  own.policy(kOrg, R"({"content":[{"detector":"card","action":"flag"}]})");
  auto const levels = own.levels();
  ContentRules const rules{levels, Side::prompt};
  Tally tally{rules};
  std::vector<Replacement> changes;
  std::string const text = R"({"input":[1,2,3]})";
  EXPECT_TRUE(filter_value(rules, tally, text, {0, text.size()}, embeddings_request(), changes));
}

}  // namespace
}  // namespace tsg::governance
