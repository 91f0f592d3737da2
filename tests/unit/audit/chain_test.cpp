// The bytes of a record and the chain over them, against values computed elsewhere (sha256sum, see
// src/audit/FORMAT.md), and the signed head against every mutation.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tsg/audit/chain.hpp"
#include "tsg/audit/head_file.hpp"
#include "tsg/audit/record.hpp"

namespace tsg::audit {
namespace {

TEST(Chain, theWorkedExampleOfTheFormat) {
  ChainHead head;
  std::string bytes;
  append_record(head, R"("time":"2026-11-24T08:00:00.000Z","kind":"log.genesis")", bytes);
  EXPECT_EQ(
      bytes,
      R"({"v":1,"seq":0,"epoch":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000",)"
      R"("time":"2026-11-24T08:00:00.000Z","kind":"log.genesis"})");
  EXPECT_EQ(to_hex(head.chain), "229d0fbf7a6af31bc64f728e416044dd803dbf7c5f37c5801421751862128bd1");
  append_record(head, R"("time":"2026-11-24T08:00:01.000Z","kind":"request","status":200)", bytes);
  EXPECT_EQ(
      bytes,
      R"({"v":1,"seq":1,"epoch":1,"prev":"229d0fbf7a6af31bc64f728e416044dd803dbf7c5f37c5801421751862128bd1",)"
      R"("time":"2026-11-24T08:00:01.000Z","kind":"request","status":200})");
  EXPECT_EQ(to_hex(head.chain), "a30e291060fa60dc3b71a8acb3e596c27d0d6817ea7234e6c75bb959f6a00f34");
  EXPECT_EQ(head.size, 2);
}

std::string with_detail(std::string detail) {
  Record r;
  r.kind = "";
  r.detail = std::move(detail);
  std::string out;
  append_fields(out, r);
  return out.substr(out.find("\"detail\":") + 9);
}

TEST(RecordJson, escapesWhatJsonDemandsAndNothingElse) {
  EXPECT_EQ(with_detail("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(with_detail(std::string{"\0\n\x1f\x7f", 4}), R"("\u0000\u000a\u001f\u007f")");
  EXPECT_EQ(with_detail("é€😀"), "\"é€😀\"");
}

TEST(RecordJson, bytesThatAreNotUtf8AreReplacedSoThatTheRecordStaysJson) {
  for (auto const* bad : {"\xff", "\x80", "\xc0\xaf", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                          "\xf0\x80\x80\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80"}) {
    auto const text = with_detail(std::string{"a"} + bad + "z");
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
    EXPECT_TRUE(text.starts_with("\"a\\ufffd")) << text;
    EXPECT_TRUE(text.ends_with("z\"")) << text;
  }
}

TEST(RecordJson, everyMemberAtOnce) {
  Record r;
  r.time = WallTime{1'795'000'000'123'000'000};
  r.org = "acme";
  r.status = 200;
  r.stream = true;
  r.complete = false;
  Attempt a;
  a.target = "openai/gpt-4o";
  a.outcome = "ok";
  a.ms = 7;
  r.attempts = {a, a};
  r.candidates.emplace_back("openai/gpt-4o", "chosen");
  r.dropped_parameters = {"seed", "n"};
  r.usage.emplace_back("input", 10, Nano{25'000});
  r.usage.emplace_back("output", 2, Nano{1});
  r.cost = Nano{25'001};
  r.latency_total_us = 12'034;
  r.latency_first_byte_us = 999;
  r.commitment_request = "hmac-sha256:00";
  r.after_json = R"({"x":1})";
  std::string out;
  append_fields(out, r);
  EXPECT_EQ(
      out, R"("time":"2026-11-18T11:06:40.123Z","kind":"request","org":"acme","status":200,"stream":true,)"
           R"("complete":false,"attempts":[{"target":"openai/gpt-4o","outcome":"ok","ms":7},)"
           R"({"target":"openai/gpt-4o","outcome":"ok","ms":7}],)"
           R"("candidates":[{"target":"openai/gpt-4o","reason":"chosen"}],"dropped_parameters":["seed","n"],)"
           R"("usage":{"input":10,"output":2},"cost_usd":"0.000025001",)"
           R"("cost_parts":{"input":"0.000025","output":"0.000000001"},)"
           R"("latency_ms":{"total":12.034,"first_byte":0.999},"commitments":{"request":"hmac-sha256:00"},)"
           R"("after":{"x":1})");
}

crypto::SecretKey seed(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(byte);
  return crypto::SecretKey{bytes};
}

SignedHead some_head() {
  SignedHead h;
  h.origin = "n1/3";
  h.head.size = 42;
  h.head.chain.fill(0xab);
  h.time = WallTime{1'795'000'000'000'000'000};
  return h;
}

TEST(Head, comesBackAsItWasSigned) {
  auto const text = sign_head(some_head(), seed(1));
  auto const head = parse_head(text);
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ(head->origin, "n1/3");
  EXPECT_EQ(head->head.epoch, 3);
  EXPECT_EQ(head->head.size, 42);
  EXPECT_EQ(head->head.chain, some_head().head.chain);
  EXPECT_EQ(head->time, some_head().time);
  EXPECT_EQ(head->key, crypto::ed25519_public(seed(1)));
}

TEST(Head, noByteCanBeChangedAddedOrLeftOut) {
  auto const text = sign_head(some_head(), seed(1));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int const bit : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x80}) {
      auto changed = text;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      EXPECT_FALSE(parse_head(changed)) << "byte " << i << " ^ " << bit;
    }
    auto shorter = text, longer = text;
    shorter.erase(i, 1);
    longer.insert(i, 1, '0');
    EXPECT_FALSE(parse_head(shorter)) << i;
    EXPECT_FALSE(parse_head(longer)) << i;
    EXPECT_FALSE(parse_head(std::string_view{text}.substr(0, i))) << i;
  }
  EXPECT_FALSE(parse_head(text + "\n"));
  EXPECT_FALSE(parse_head(text + text));
}

}  // namespace
}  // namespace tsg::audit
