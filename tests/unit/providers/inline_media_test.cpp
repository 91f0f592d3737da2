// What clients send inline is base64 or refused, before any provider is asked: each of them would answer
// otherwise, and some would read another file than was meant.
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace inline_media_test {

std::string part(std::string const& type, std::string const& members) {
  return R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"user","content":[{"type":"text","text":"y"},{"type":")" +
         type + R"(",")" + type + R"(":{)" + members + "}}]}]}";
}

std::string problem(std::string const& body) {
  auto const r = read_chat_request(body, {});
  if (r) return "";
  EXPECT_EQ(r.error().code(), Errc::bad_request);
  EXPECT_NE(r.error().message().find(r.error().peek()->param), std::string::npos);
  return r.error().peek()->param;
}

TEST(InlineMedia, ThatIsNotBase64IsRefusedWithThePlaceOfItsPart) {
  std::string const at = "messages[1].content[1]";
  for (std::string const bad :
       {"AAA", "A===", "====", "AA=A", "AAA*", "AA A", "AAAA\\nAAAA", "AA-_", "", "AAA\\u00e4"}) {
    EXPECT_EQ(problem(part("image_url", R"("url":"data:image/png;base64,)" + bad + '"')),
              at + ".image_url.url")
        << bad;
    EXPECT_EQ(problem(part("input_audio", R"("format":"wav","data":")" + bad + '"')),
              at + ".input_audio.data")
        << bad;
    EXPECT_EQ(problem(part("file", R"("file_data":"data:application/pdf;base64,)" + bad + '"')),
              at + ".file.file_data")
        << bad;
    EXPECT_EQ(problem(part("file", R"("file_data":")" + bad + '"')), at + ".file.file_data") << bad;
  }
}

TEST(InlineMedia, ThatIsBase64OrNotSaidToBeIsTaken) {
  for (std::string const good : {"AA==", "AAA=", "AAAA", "+/09azAZ"}) {
    EXPECT_EQ(problem(part("image_url", R"("url":"data:image/png;base64,)" + good + '"')), "") << good;
    EXPECT_EQ(problem(part("input_audio", R"("format":"wav","data":")" + good + '"')), "") << good;
    EXPECT_EQ(problem(part("file", R"("file_data":")" + good + '"')), "") << good;
  }
  EXPECT_EQ(problem(part("image_url", R"("url":"https://example.org/a.png")")), "");
  EXPECT_EQ(problem(part("file", R"("file_data":"data:text/plain,hello")")), "");
  EXPECT_EQ(problem(part("file", R"("file_id":"file_1")")), "");
}

}  // namespace inline_media_test
}  // namespace tsg::providers
