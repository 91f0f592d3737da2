// A provider's stream that breaks, at every byte, in every dialect: the client has one complete answer or one
// clear error, no byte twice, and a healthy second target is used as long as nothing had gone out.
#include "support/dialect_samples.hpp"
#include "tsg/routing/route.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using namespace providers::samples;

enum class End : std::uint8_t { reset, clean };  // of the connection; clean: as if the body were complete

class CutStreams : public PipelineTest, public testing::WithParamInterface<Sample> {
 protected:
  CutStreams() {
    auto const& s = GetParam();
    std::string const wire = s.wire == providers::Wire::responses ? ", api: responses" : "";
    configure("first: {dialect: " + s.dialect + wire +
              ", base_url: 'https://first.example', credentials: [{name: main, key: 'env:X'}]}\n"
              "  second: {dialect: openai, base_url: 'https://second.example/v1', credentials: [{name: main, "
              "key: 'env:X'}]}");
    add_key({"*", "*/*"});
  }
  // A model for each case: what happened to one says nothing of the next.
  void route_to(std::string const& model) {
    auto runtime = std::make_shared<Runtime>(*services.runtime.load());
    auto parsed =
        routing::parse_routes(R"({"smart":{"targets":["first/)" + model + R"(","second/gpt-4o"]}})");
    ASSERT_TRUE(parsed.routes.size() == 1) << testing::PrintToString(parsed.problems);
    runtime->configured_routes = std::move(parsed.routes);
    services.runtime.store(std::move(runtime));
  }
  Json newest() {
    store::AuditQuery query;
    query.limit = 1;
    auto const page = look_up(store->audit(query));
    return Json::parse(page->rows.front().bytes);
  }
  void expect_honesty(std::size_t cut, End end) {
    auto const& s = GetParam();
    SCOPED_TRACE(testing::Message() << "after byte " << cut << " of " << s.stream.size()
                                    << (end == End::reset ? ", reset" : ", clean end"));
    route_to("m-" + std::to_string(cut) + (end == End::reset ? "r" : "c"));
    auto broken = stream({s.stream.substr(0, cut)});
    if (end == End::reset) broken.cut = Error{Errc::provider_unavailable};
    provider.sent.clear();
    provider.plays = {std::move(broken), stream({chunk("hello"), chunk("", "\"stop\""), "data: [DONE]\n\n"})};
    auto const x = chat(R"({"model":"smart","stream":true,"messages":[{"role":"user","content":"hi"}]})");

    bool const first = x.sent.find(s.text) != std::string::npos,
               second = x.sent.find("hello") != std::string::npos,
               done = x.sent.find("[DONE]") != std::string::npos,
               failed = x.sent.find(R"(data: {"error")") != std::string::npos;
    EXPECT_NE(done, failed) << "one complete answer or one clear error";
    EXPECT_EQ(x.ended, done) << "and the connection says the same";
    EXPECT_EQ(x.aborted, failed);
    EXPECT_EQ(x.sent.find(s.text), x.sent.rfind(s.text)) << "no byte twice";
    EXPECT_NE(first, second) << "of one of them, and only of one";
    EXPECT_EQ(second, provider.sent.size() == 2)
        << "the second is asked while nothing has gone out, only then";
    EXPECT_TRUE(!second || done) << "and then it serves";
    EXPECT_TRUE(second || cut >= s.stream.find(s.text));
    auto const record = newest();
    EXPECT_EQ(record["complete"], done);
    EXPECT_EQ(record["attempts"].size(), provider.sent.size());
    EXPECT_EQ(totals().held, Nano{0});
  }
};

TEST_P(CutStreams, at_every_byte) {
  for (std::size_t cut = 0; cut < GetParam().said_at; ++cut) {
    expect_honesty(cut, End::reset);
    if (!GetParam().ends_with_body) expect_honesty(cut, End::clean);
    if (HasFailure()) return;  // the first one tells the story
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, CutStreams,
                         testing::Values(openai(), anthropic(), responses("openai"), xai(), responses("xai"),
                                         responses("perplexity"), sonar(), gemini()),
                         [](auto const& sample) {
                           auto name = sample.param.dialect +
                                       (sample.param.wire == providers::Wire::responses ? "_responses" : "");
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tsg::pipeline::test
