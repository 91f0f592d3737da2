// The OpenAI dialect's share of a request: reading and editing bodies, and each event of a stream.
#include <benchmark/benchmark.h>

#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace {

using namespace tsg::providers;

std::string event(int i) {
  return R"(data: {"id":"chatcmpl-DuLdOuviL2tiVxMim6HmX4YMnCorK","object":"chat.completion.chunk","created":1782321902,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_bbc23ca3d7","choices":[{"index":0,"delta":{"content":" word)" +
         std::to_string(i) +
         R"("},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"eScNPVmGYP3"})" + "\n\n";
}

void stream_event(benchmark::State& state) {
  DecodeContext context;
  context.include_usage = state.range(0) != 0;
  std::string wire, out;
  for (int i = 0; i < 200; ++i) wire += event(i);
  std::size_t events = 0;
  for (auto _ : state) {
    auto decoder = chat_bytes(*adapter_for("openai"), context);
    for (std::size_t at = 0; at < wire.size();) {  // one read per event, as on the wire
      auto const end = wire.find("\n\n", at) + 2;
      out.clear();
      benchmark::DoNotOptimize(decoder->feed(std::string_view{wire}.substr(at, end - at), out));
      at = end;
    }
    events += 200;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(stream_event)->Name("openai/stream_200_events")->ArgName("include_usage")->Arg(0)->Arg(1);

std::string const request =
    R"({"model":"gpt-4o","messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":")" +
    std::string(1000, 'x') + R"("}],"temperature":0.7,"max_tokens":512,"user":"u-1234"})";

void read_and_encode(benchmark::State& state) {
  EncodeContext context;
  context.upstream_model = "gpt-4o-2024-08-06";
  context.output_limit = 256;
  for (auto _ : state) {
    auto read = read_chat_request(request, {});
    benchmark::DoNotOptimize(adapter_for("openai")->encode(*read, context));
  }
}
BENCHMARK(read_and_encode)->Name("openai/read_and_encode_1k");

void decode_and_finish(benchmark::State& state) {
  std::string const body =
      R"({"id":"chatcmpl-9x","object":"chat.completion","created":1795000000,"model":"gpt-4.1-nano-2025-04-14","choices":[{"index":0,"message":{"role":"assistant","content":")" +
      std::string(800, 'y') +
      R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"completion_tokens":3,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_abc"})";
  for (auto _ : state) {
    auto answer = adapter_for("openai")->decode(body, {});
    benchmark::DoNotOptimize(finish_answer(*answer, {}, "openai", tsg::Nano{9'300'000}));
  }
}
BENCHMARK(decode_and_finish)->Name("openai/decode_and_finish_0k8");

}  // namespace
