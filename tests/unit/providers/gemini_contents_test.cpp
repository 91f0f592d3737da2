// Messages to contents: roles, media, tool loops, and the way home of thought signatures.
#include "unit/providers/gemini_fixture.hpp"

namespace tsg::providers::gemini_test {
namespace gemini_contents_test {

constexpr auto kPng = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";

Json contents(Json messages, std::string const& model = kFlash) {
  return sent({{"messages", std::move(messages)}}, model).value("contents", Json::array());
}
std::string refused_messages(Json messages, std::string const& model = kFlash) {
  return refused({{"messages", std::move(messages)}}, model);
}
Json image(std::string const& url) {
  return {{"type", "image_url"}, {"image_url", {{"url", url}}}};
}
Json text(std::string const& s) {
  return {{"type", "text"}, {"text", s}};
}
Json parts_of(Json content, std::string const& model = kFlash) {
  return contents({user(std::move(content))}, model)[0]["parts"];
}

TEST(GeminiContents, CollectsSystemTextFromEverywhereInOrder) {
  auto const out = sent({{"system", "S0"},
                         {"messages",
                          {{{"role", "developer"}, {"content", "S1"}},
                           user("Hi"),
                           {{"role", "system"}, {"content", {text("S2"), text("")}}}}}});
  EXPECT_EQ(out["systemInstruction"],
            Json({{"parts", {{{"text", "S0"}}, {{"text", "S1"}}, {{"text", "S2"}}}}}));
  EXPECT_EQ(out["contents"].size(), 1u);
}

TEST(GeminiContents, MergesNeighboursAndLeavesEmptyTextsOut) {
  Json const messages{user("a"),
                      user({text(""), text("b")}),
                      {{"role", "assistant"}, {"content", ""}},
                      {{"role", "assistant"}, {"content", "c"}},
                      user("d")};
  EXPECT_EQ(contents(messages), Json({{{"role", "user"}, {"parts", {{{"text", "a"}}, {{"text", "b"}}}}},
                                      {{"role", "model"}, {"parts", {{{"text", "c"}}}}},
                                      {{"role", "user"}, {"parts", {{{"text", "d"}}}}}}));
}

TEST(GeminiContents, RefusesToContinueAnAssistantsWordsWhereTheModelDoes) {
  Json const messages{user("a"), {{"role", "assistant"}, {"content", "b"}}};
  EXPECT_EQ(refused_messages(messages), "unsupported_parameter messages");
  EXPECT_EQ(refused_messages(messages, kOld), "");
  EXPECT_EQ(refused_messages({{{"role", "user"}, {"content", ""}}}), "unsupported_parameter messages");
}

TEST(GeminiContents, CopiesTextAsTheClientSpeltIt) {
  auto const out = gemini().encode(
      chat(R"({"model":"m","messages":[{"role":"user","content":"\u00e9\/\ud83d\ude00"}]})"), at(kFlash));
  EXPECT_NE(out->body.find(R"("\u00e9\/\ud83d\ude00")"), std::string::npos);
}

// -- media
// -----------------------------------------------------------------------------------------------------------

TEST(GeminiContents, SendsInlineImagesByWhatTheirBytesAre) {
  EXPECT_EQ(parts_of({image(kPng)})[0],
            Json({{"inlineData", {{"mimeType", "image/png"}, {"data", "iVBORw0KGgoAAAANSUhEUg=="}}}}));
  EXPECT_EQ(parts_of({image("data:image/jpg;base64,AAAA")})[0]["inlineData"]["mimeType"], "image/jpeg");
  EXPECT_EQ(parts_of({image("data:image/jpeg;base64,iVBORw0KGgoA")})[0]["inlineData"]["mimeType"],
            "image/png");
  EXPECT_EQ(refused_messages({user({image("data:image/gif;base64,R0lGODlh")})}),
            "unsupported_parameter messages[0].content[0].image_url.url");
}

TEST(GeminiContents, PassesRemoteImagesOnAndNeverFetchesThem) {
  EXPECT_EQ(parts_of({image("https://h/a.PNG?x=1")})[0],
            Json({{"fileData", {{"mimeType", "image/png"}, {"fileUri", "https://h/a.PNG?x=1"}}}}));
  EXPECT_EQ(parts_of({image("https://h/a")})[0], Json({{"fileData", {{"fileUri", "https://h/a"}}}}));
  auto const at = "unsupported_parameter messages[0].content[0].image_url.url";
  EXPECT_EQ(refused_messages({user({image("http://h/a.png")})}), at);
  EXPECT_EQ(refused_messages({user({image("file:///etc/passwd")})}), at);
  EXPECT_EQ(refused_messages({user({image("https://h/a.png")})}, "gemini-2.0-flash"), at);
}

TEST(GeminiContents, SendsAudioAndDocuments) {
  auto const audio = [](std::string const& format) -> Json {
    return {{"type", "input_audio"}, {"input_audio", {{"data", "AAAA"}, {"format", format}}}};
  };
  EXPECT_EQ(parts_of({audio("mp3")})[0]["inlineData"]["mimeType"], "audio/mpeg");
  EXPECT_EQ(parts_of({audio("wav")})[0]["inlineData"]["mimeType"], "audio/wav");
  EXPECT_EQ(refused_messages({user({audio("pcm16")})}),
            "unsupported_parameter messages[0].content[0].input_audio.format");
  auto const file = [](Json body) -> Json { return {{"type", "file"}, {"file", std::move(body)}}; };
  EXPECT_EQ(
      parts_of({file({{"file_data", "data:application/pdf;base64,JVBERi0="}})})[0]["inlineData"]["mimeType"],
      "application/pdf");
  EXPECT_EQ(parts_of({file({{"file_data", "JVBERi0="}})})[0]["inlineData"]["mimeType"], "application/pdf");
  EXPECT_EQ(parts_of({file({{"file_data", "YQ=="}, {"filename", "a.csv"}})})[0]["inlineData"]["mimeType"],
            "text/csv");
  EXPECT_EQ(refused_messages({user({file({{"file_id", "file-1"}})})}),
            "unsupported_parameter messages[0].content[0].file.file_id");
  EXPECT_EQ(refused_messages({user({file({{"file_data", "YQ=="}, {"filename", "a.exe"}})})}),
            "unsupported_parameter messages[0].content[0].file.file_data");
}

TEST(GeminiContents, ListsTheDetailThatItCannotSay) {
  Json low = image(kPng);
  low["image_url"]["detail"] = "low";
  EXPECT_THAT(dropped({{"messages", {user({low, low})}}}), testing::ElementsAre("image_url.detail"));
}

TEST(GeminiContents, RefusesKindsThatItDoesNotKnow) {
  EXPECT_EQ(refused_messages({user({{{"type", "video_url"}, {"video_url", {{"url", "x"}}}}})}),
            "unsupported_parameter messages[0].content[0]");
}

// -- tool loops
// --------------------------------------------------------------------------------------------------------

TEST(GeminiContents, AnswersAllCallsOfAStepInOneContentInTheirOrder) {
  auto const out =
      contents({user("a"), assistant({call("c1", "f"), call("c2", "g", R"({"n":12345678901234567890})")}),
                result("c2", R"({"ok":true})"), result("c1", "plain"), user("and?")});
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[1]["role"], "model");
  EXPECT_EQ(out[1]["parts"][1]["functionCall"].dump(),
            R"({"args":{"n":12345678901234567890},"id":"c2","name":"g"})");
  EXPECT_EQ(
      out[2],
      Json({{"role", "user"},
            {"parts",
             {{{"functionResponse", {{"id", "c1"}, {"name", "f"}, {"response", {{"output", "plain"}}}}}},
              {{"functionResponse", {{"id", "c2"}, {"name", "g"}, {"response", {{"ok", true}}}}}}}}}));
  EXPECT_EQ(out[3]["parts"], Json({{{"text", "and?"}}}));  // no sibling of the responses
}

TEST(GeminiContents, KeepsNumbersOfArgumentsAsTheyAreSpelt) {
  auto const out = encode(
      {{"messages", {user("a"), assistant({call("c", "f", R"({"x":1e400,"y":0.10})")}), result("c", "r")}}});
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_NE(out->body.find(R"("args":{"x":1e400,"y":0.10})"), std::string::npos);
}

TEST(GeminiContents, TakesNoArgumentsForAnEmptyObjectAndRefusesOthersThanObjects) {
  auto const loop = [](std::string const& arguments) -> Json {
    return {user("a"), assistant({call("c", "f", arguments)}), result("c", "r")};
  };
  EXPECT_EQ(contents(loop(""))[1]["parts"][0]["functionCall"]["args"], Json::object());
  for (std::string const bad : {"[1]", "null", "{", "nonsense", R"({"a":1,"a":2})"})
    EXPECT_EQ(refused_messages(loop(bad)), "bad_request messages[1].tool_calls[0].function.arguments") << bad;
}

TEST(GeminiContents, RefusesLoopsWithHoles) {
  EXPECT_EQ(refused_messages({user("a"), assistant({call("c1"), call("c2")}), result("c1", "r")}),
            "bad_request messages[1].tool_calls[1].id");
  EXPECT_EQ(refused_messages({user("a"), assistant({call("c1")}), result("c9", "r")}),
            "bad_request messages[2].tool_call_id");
  EXPECT_EQ(refused_messages({user("a"), assistant({call("c1")}), result("c1", "r"), result("c1", "r")}),
            "bad_request messages[3].tool_call_id");
  EXPECT_EQ(refused_messages({user("a"), result("c1", "r")}), "bad_request messages[1]");
}

TEST(GeminiContents, PutsImagesOfAResultWhereTheModelLooksForThem) {
  Json const messages{user("a"), assistant({call("c", "shot")}), result("c", {text("done"), image(kPng)})};
  auto const now = contents(messages);
  EXPECT_EQ(now[2]["parts"][0]["functionResponse"]["parts"][0]["inlineData"]["mimeType"], "image/png");
  auto const old = contents(messages, kOld);
  EXPECT_FALSE(old[2]["parts"][0]["functionResponse"].contains("parts"));
  EXPECT_EQ(old[3]["parts"][0]["text"], "Attached to the result of shot:");
  EXPECT_EQ(old[3]["parts"][1]["inlineData"]["mimeType"], "image/png");
}

TEST(GeminiContents, UnderstandsFunctionsOfBeforeTools) {
  auto const out = contents(
      {user("a"),
       {{"role", "assistant"}, {"content", nullptr}, {"function_call", {{"name", "f"}, {"arguments", "{}"}}}},
       {{"role", "function"}, {"name", "f"}, {"content", "r"}}});
  EXPECT_EQ(out[2]["parts"][0]["functionResponse"]["name"], "f");
}

// -- signatures
// ------------------------------------------------------------------------------------------------------

Json signed_parts(Json calls, std::string const& model,
                  std::map<std::string, std::string> const& memory = {}) {
  Json messages{user("a"), assistant(calls)};
  for (auto const& c : calls) messages.push_back(result(c["id"], "r"));
  auto context = at(model);
  context.recall = [&memory](std::string_view id) -> std::optional<std::string> {
    auto const found = memory.find(std::string{id});
    return found == memory.end() ? std::nullopt : std::optional{found->second};
  };
  auto const out = gemini().encode(chat(body({{"messages", messages}}, model).dump()), context);
  if (!out) ADD_FAILURE() << out.error().message();
  return Json::parse(out->body)["contents"][1]["parts"];
}

TEST(GeminiSignatures, ComeBackFromTheClientThatKeptThem) {
  Json kept = call("c");
  kept["extra_content"]["google"]["thought_signature"] = "c2ln";
  EXPECT_EQ(signed_parts({kept}, kFlash)[0]["thoughtSignature"], "c2ln");
}

TEST(GeminiSignatures, ComeBackFromMemoryForTheSameGenerationOnly) {
  std::map<std::string, std::string> const memory{
      {"c", R"({"dialect":"gemini","model":"gemini-3.1-pro-preview","signature":"bWVt"})"}};
  EXPECT_EQ(signed_parts({call("c")}, kFlash, memory)[0]["thoughtSignature"], "bWVt");
  EXPECT_FALSE(signed_parts({call("c")}, kOld, memory)[0].contains("thoughtSignature"));
  std::map<std::string, std::string> const foreign{{"c", R"({"dialect":"anthropic","signature":"x"})"}};
  EXPECT_EQ(signed_parts({call("c")}, kFlash, foreign)[0]["thoughtSignature"],
            "skip_thought_signature_validator");
}

TEST(GeminiSignatures, AreReplacedByTheDocumentedDummyOnTheFirstCallOfAStep) {
  auto const parts = signed_parts({call("c1"), call("c2")}, kFlash);
  EXPECT_EQ(parts[0]["thoughtSignature"], "skip_thought_signature_validator");
  EXPECT_FALSE(parts[1].contains("thoughtSignature"));
  EXPECT_FALSE(signed_parts({call("c1")}, kOld)[0].contains("thoughtSignature"));  // optional there
}

TEST(GeminiSignatures, SurviveAToolLoopThroughAClientThatDropsThem) {
  auto const native = record(
      candidate({{{"functionCall", {{"name", "f"}, {"args", {{"a", 1}}}}}, {"thoughtSignature", "c2ln"}},
                 {{"functionCall", {{"name", "f"}}}}}));
  auto const answer = gemini().decode(native.dump(), decoding());
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->memos.size(), 1u);
  std::map<std::string, std::string> const memory{{answer->memos[0].call_id, answer->memos[0].json}};
  auto message = Json::parse(finish_answer(*answer, decoding(), "gemini", Nano{1}))["choices"][0]["message"];
  for (auto& c : message["tool_calls"]) c.erase("extra_content");
  auto const parts = signed_parts(message["tool_calls"], kFlash, memory);
  EXPECT_EQ(parts[0]["thoughtSignature"], "c2ln");
  EXPECT_EQ(parts[0]["functionCall"]["args"], Json({{"a", 1}}));
  EXPECT_FALSE(parts[1].contains("thoughtSignature"));
}

}  // namespace gemini_contents_test
}  // namespace tsg::providers::gemini_test
