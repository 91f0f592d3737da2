// The client API on fakes: one key, one provider instance `openai`, the built-in catalogue, a store in
// memory.
#pragma once
#include "support/fake_store.hpp"
#include "tsg/governance/builder.hpp"
#include "unit/pipeline/fakes.hpp"

namespace tsg::pipeline::test {

inline std::string const kChat = "/v1/chat/completions";

inline std::string ask(std::string_view more = "") {
  return R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}])" + std::string{more} + "}";
}
inline std::string const kAnswer =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06",)"
    R"("choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200}})";
inline std::string chunk(std::string_view content, std::string_view finish = "null") {
  return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,)"
         R"("delta":{"content":")" +
         std::string{content} + R"("},"finish_reason":)" + std::string{finish} + "}]}\n\n";
}

inline Play whole(std::string body, int status = 200) {
  Play play;
  play.status = status;
  play.pieces.push_back(std::move(body));
  return play;
}
inline Play stream(std::vector<std::string> events) {
  Play play;
  play.type = "text/event-stream";
  play.pieces = std::move(events);
  return play;
}

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { configure("openai: {credentials: [{name: main, key: 'env:X'}]}"); }

  // `providers`: the members of `providers:`; each named instance gets one credential.
  void configure(std::string const& providers, std::string const& top = "") {
    auto loaded = config::load_text(top + "providers:\n  " + providers + "\n", "/");
    ASSERT_TRUE(loaded.config) << loaded.problems.front().message;
    auto runtime = std::make_shared<Runtime>();
    runtime->config = *loaded.config;
    runtime->catalog = catalog::Catalog::load(catalog::Catalog::built_in(), "").catalog;
    for (auto const& p : runtime->config.providers)
      runtime->credentials[p.id].emplace_back("main", "sk-provider-secret", 1);
    services.runtime.store(std::move(runtime));
  }
  void add_key(std::vector<std::string> models, std::string budget = "",
               std::function<void(keys::Key&)> more = {}) {
    auto k = std::make_shared<keys::Key>();
    k->id = "key_1";
    k->org = "acme";
    k->team = "web";
    k->environment = "prod";
    k->allowed_models = std::move(models);
    keys::Secret secret;
    secret.digest = keys::digest(pepper, key);
    k->secrets.push_back(secret);
    if (more) more(*k);
    directory.put(std::move(k));
    put_budget({governance::Level::key, "key_1", ""},
               budget.empty() ? "" : R"({"monthly_usd":")" + budget + R"("})");
    govern();
  }
  // "" takes it away.
  void put_budget(governance::Scope const& at, std::string const& document) {
    if (document.empty()) return builder.put_budget(at, 1, "", nullptr);
    auto const parsed = governance::parse_budget(document);
    ASSERT_TRUE(parsed);
    builder.put_budget(at, 1, document, &*parsed);
  }
  // The key's parents, and what a test has put into `builder`, as every worker sees it.
  void govern() {
    builder.put_org("acme", true, WallTime{});
    builder.put_team("acme.web", true, WallTime{});
    services.world.store(builder.build());
    services.revision.fetch_add(1);
  }

  FakeExchange request(std::string_view path, std::string body) {
    FakeExchange x{io.get_executor(), http::Method::post, path, std::move(body)};
    x.with("authorization", bearer_).with("content-type", "application/json");
    return x;
  }
  FakeExchange get(std::string_view path) {
    FakeExchange x{io.get_executor(), http::Method::get, path};
    x.with("authorization", bearer_);
    return x;
  }
  void serve(FakeExchange& exchange) {
    bool done = false;
    boost::asio::co_spawn(io, api->handle(exchange), [&](std::exception_ptr bug, Result<>) {
      EXPECT_FALSE(bug);
      done = true;
    });
    io.restart();
    while (!done && io.run_one_for(std::chrono::seconds{30}) > 0) {
    }
    ASSERT_TRUE(done) << "the request did not end";
  }
  // A whole life of a chat request.
  FakeExchange chat(std::string body) {
    auto x = request(kChat, std::move(body));
    serve(x);
    return x;
  }

  // Looked up on a loop of its own, so that a test may ask in the middle of a request.
  template <class T>
  Result<T> look_up(Task<T> task) {
    boost::asio::io_context own;
    std::optional<Result<T>> out;
    boost::asio::co_spawn(own, std::move(task),
                          [&](std::exception_ptr, Result<T> r) { out.emplace(std::move(r)); });
    own.run();
    return std::move(*out);
  }
  std::vector<Json> records() {  // newest first, without the log's own
    store::AuditQuery query;
    query.limit = 1000;
    std::vector<Json> out;
    auto const page = look_up(store->audit(query));
    for (auto const& row : page->rows)
      if (auto record = Json::parse(row.bytes); record["kind"] != "log.genesis")
        out.push_back(std::move(record));
    return out;
  }
  Json record() {
    auto const all = records();
    EXPECT_EQ(all.size(), 1u) << "exactly one record for each request";
    return all.empty() ? Json{} : all.front();
  }
  store::Totals totals() { return *look_up(store->key_totals("key_1", WallTime{})); }

  static crypto::SecretKey secret_of(std::uint8_t byte) {
    std::array<std::uint8_t, 32> bytes;
    bytes.fill(byte);
    return crypto::SecretKey{bytes};
  }

  boost::asio::io_context io{1};
  StillClock clock;
  crypto::SecretKey pepper = secret_of(1), commitment = secret_of(2), answers = secret_of(3);
  std::string key = keys::make_key([](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), 7); });
  std::unique_ptr<store::Store> store = store::open_fake(clock);
  keys::Directory directory;
  governance::Builder builder;
  Metrics metrics;
  Services services{*store, directory, clock, metrics, pepper, commitment, answers};
  FakeUpstream provider;
  std::unique_ptr<server::Handler> api = make_client_api(services, provider);

 private:
  std::string bearer_ = "Bearer " + key;
};

}  // namespace tsg::pipeline::test
