// A client's body, read once: the whole of Document::parse, and its parts.
#include <benchmark/benchmark.h>

#include "tsg/http/parser.hpp"
#include "tsg/json/document.hpp"
#include "tsg/json/writer.hpp"

namespace {

// About 1.2 KiB, as chat clients send them.
std::string chat_body() {
  std::string prompt;
  for (int i = 0; i < 6; ++i) {
    prompt +=
        "Summarise the following paragraph for a reader who has little time, and keep every number as it "
        "is. ";
    prompt += "The mill was built in 1853\\nand \\\"restored\\\" twice. ";
  }
  return R"({"model":"gpt-4o","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":")" +
         prompt +
         R"("}],"temperature":0.7,"max_tokens":512,"stream":true,"stream_options":{"include_usage":true},"user":"u-1234"})";
}

void parse(benchmark::State& state) {
  auto body = chat_body();
  for (auto _ : state) {
    auto doc = tsg::json::Document::parse(std::move(body));
    benchmark::DoNotOptimize(doc->find("model"));
    body = std::move(*doc).release();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(parse)->Name("json/parse_1k2");

void scan(benchmark::State& state) {
  auto const body = chat_body();
  tsg::json::Scan found;
  for (auto _ : state) benchmark::DoNotOptimize(tsg::json::scan_into(body, {}, found));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(scan)->Name("json/scan_1k2");

void edit(benchmark::State& state) {
  auto const doc = tsg::json::Document::parse(chat_body()).value();
  for (auto _ : state) {
    tsg::json::Edits edits;
    edits.replace(doc.find("model")->value, "\"gpt-4o-2024-08-06\"");
    edits.erase_member(doc.text(), *doc.find("user"));
    benchmark::DoNotOptimize(edits.apply(doc.text()));
  }
}
BENCHMARK(edit)->Name("json/edit_1k2");

// Ten thousand members in one object: what a hostile body costs.
void many_members(benchmark::State& state) {
  std::string body = "{";
  for (int i = 0; i < 10'000; ++i) body += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  body += "}";
  tsg::json::Scan found;
  for (auto _ : state) benchmark::DoNotOptimize(tsg::json::scan_into(body, {}, found));
}
BENCHMARK(many_members)->Name("json/scan_10000_members");

void quote(benchmark::State& state) {
  auto const text = chat_body();
  std::string out;
  for (auto _ : state) {
    out.clear();
    tsg::json::append_string(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(quote)->Name("json/quote_1k2");

void request_head(benchmark::State& state) {
  auto const body = chat_body();
  auto const head =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: gw.example:8080\r\nAccept: application/json\r\n"
      "Content-Type: application/json\r\nUser-Agent: OpenAI/Python 1.99.0\r\nX-Stainless-Lang: python\r\n"
      "X-Stainless-Package-Version: 1.99.0\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\n"
      "X-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.12.4\r\nX-Stainless-Retry-Count: 0\r\n"
      "Authorization: Bearer tsg-0123456789abcdefghijklmnopqrstuvwxyzAB\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  tsg::http::RequestParser parser{{}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.feed(head));
    benchmark::DoNotOptimize(parser.feed(body));
    if (!parser.done()) state.SkipWithError("not done");
    benchmark::DoNotOptimize(parser.take_body());
    parser.reset();
  }
}
BENCHMARK(request_head)->Name("http/request_1k2");

}  // namespace
