// A stream that runs allocates nothing for an event: decoder, renderer and what is between them reuse what
// they have.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tsg/providers/adapter.hpp"
#include "tsg/surfaces/renderer.hpp"

namespace {
thread_local std::size_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc{};
}
}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}

namespace tsg::providers {
namespace {

struct Sample {
  std::string name, dialect;
  Wire wire;
  std::string begin, event;  // what comes before, and an event that comes again and again
  bool include_usage = false;
};
void PrintTo(Sample const& s, std::ostream* out) {
  *out << s.name;
}

std::string named(std::string const& name, std::string const& members) {
  return "event: " + name + "\ndata: {\"type\":\"" + name + "\"," + members + "}\n\n";
}
std::string chunk(std::string const& delta) {
  return R"(data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1795000000,"model":"gpt-5.5",)"
         R"("service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":)" +
         delta +
         R"(,"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"xK2"})"
         "\n\n";
}

std::string const kBlock = named(
    "message_start",
    R"("message":{"id":"msg_1","model":"claude","content":[],"usage":{"input_tokens":5,"output_tokens":1}})");

class Warm : public testing::TestWithParam<Sample> {};

TEST_P(Warm, AnEventAllocatesNothing) {
  auto const& sample = GetParam();
  DecodeContext context;
  context.wire = sample.wire;
  context.asked_model = "m";
  context.id = "chatcmpl-1";
  context.include_usage = sample.include_usage;
  auto const decoder = adapter_for(sample.dialect)->stream_decoder(context);
  surfaces::RenderContext shown;
  shown.id = context.id;
  shown.include_usage = sample.include_usage;
  auto const renderer = surfaces::chat_renderer(shown);
  EventBatch events;
  std::string out;
  std::size_t bytes = 0, told = 0;
  auto const feed = [&](std::string_view wire) {
    events.clear();
    out.clear();
    bool const good = decoder->feed(wire, events).has_value();
    renderer->render(std::as_const(events).events(), out);
    bytes += out.size();
    told += events.content_events();
    return good;
  };
  ASSERT_TRUE(feed(sample.begin));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(feed(sample.event));
  auto const before = allocations;
  auto const told_before = told;
  bool good = true;
  for (int i = 0; i < 200; ++i) good = feed(sample.event) && good;
  auto const after = allocations;
  EXPECT_TRUE(good);
  EXPECT_EQ(told - told_before, 200u);
  EXPECT_GT(bytes, 200u * 40);
  EXPECT_EQ(after - before, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Dialects, Warm,
    testing::Values(
        Sample{"chat", "openai", Wire::chat, chunk(R"({"role":"assistant","content":""})"),
               chunk(R"({"content":" a word or two of it"})"), true},
        Sample{"chat_without_usage", "openai", Wire::chat, chunk(R"({"role":"assistant","content":""})"),
               chunk(R"({"content":" a word or\n two \"of\" it"})")},
        Sample{
            "chat_call", "openai", Wire::chat,
            chunk(
                R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]})"),
            chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"city\": \"Paris\"} "}}]})")},
        Sample{"xai", "xai", Wire::chat, chunk(R"({"role":"assistant","content":""})"),
               chunk(R"({"content":" a word or two of it"})")},
        Sample{
            "anthropic_text", "anthropic", Wire::native,
            kBlock + named("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})"),
            named("content_block_delta",
                  R"("index":0,"delta":{"type":"text_delta","text":" a word\n or two of it"})")},
        Sample{
            "anthropic_call", "anthropic", Wire::native,
            kBlock +
                named(
                    "content_block_start",
                    R"("index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}})"),
            named(
                "content_block_delta",
                R"("index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Paris\"} "})")},
        Sample{"responses", "openai", Wire::responses,
               named("response.created", R"("response":{"id":"resp_1","model":"gpt-5.5"})"),
               named("response.output_text.delta",
                     R"("output_index":0,"content_index":0,"delta":" a word or two of it")")}),
    [](auto const& sample) { return sample.param.name; });

}  // namespace
}  // namespace tsg::providers
