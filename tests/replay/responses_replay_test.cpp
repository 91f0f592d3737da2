// Responses as OpenAI and xAI recorded them, and Perplexity's Agent API: what a chat client gets is compared
// with the recording's own output items, read by nlohmann.
#include <gtest/gtest.h>

#include "replay/gathered.hpp"
#include "tsg/catalog/catalog.hpp"

namespace tsg::replay {
namespace responses_replay_test {

using Json = nlohmann::json;
using namespace providers;

DecodeContext context_of(Wire wire) {
  DecodeContext c;
  c.wire = wire;
  c.id = "chatcmpl-1";
  c.asked_model = "asked";
  c.include_usage = true;
  return c;
}

Answered expected(Json const& response) {
  Answered a;
  for (auto const& item : response["output"]) {
    if (item["type"] == "message")
      for (auto const& part : item["content"]) {
        a.content += text_in(part, "text");
        a.refusal += text_in(part, "refusal");
        if (part.contains("annotations"))
          for (auto const& one : part["annotations"]) a.citations += one["type"] == "url_citation";
      }
    if (item["type"] == "function_call") {
      auto const arguments = text_in(item, "arguments");
      a.calls.push_back(text_in(item, "call_id") + "|" + text_in(item, "name") + "|" +
                        (arguments.empty() ? "{}" : arguments));
    }
  }
  a.finish = response["status"] == "incomplete" ? "length" : a.calls.empty() ? "stop" : "tool_calls";
  a.usage = response["usage"];
  return a;
}

std::string check_usage(catalog::Usage const& u, Json const& usage) {
  if (!usage.is_object()) return u.reported ? "usage out of nothing" : "";
  if (u.input_total() != count_in(usage, "input_tokens")) return "input tokens";
  if (u.output_total() != count_in(usage, "output_tokens")) return "output tokens";
  if (u.cached_input != count_in(usage["input_tokens_details"], "cached_tokens")) return "cached tokens";
  if (u.reasoning != count_in(usage["output_tokens_details"], "reasoning_tokens")) return "reasoning tokens";
  return "";
}

// xAI tells the bill: ours must be the same to the nano-USD, by its word and, for listed models, by our
// prices.
std::string check_ticks(catalog::Usage usage, Json const& told, std::string const& model) {
  if (!told.is_object() || !told.contains("cost_in_usd_ticks")) return "";
  static auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
  auto const nano = told["cost_in_usd_ticks"].get<std::int64_t>() / 10;
  if (usage.reported_cost != Nano{nano}) return "reported cost";
  auto const* entry = catalog->find("xai", model);
  if (!entry) return "";
  usage.reported_cost.reset();
  auto const ours = catalog::price(*entry, usage, WallTime{1'790'000'000'000'000'000});
  return ours && ours->total == Nano{nano} ? "" : "our price is not the bill";
}

std::string check_whole(std::string const& dialect, Recording const& r) {
  auto const answer = adapter_for(dialect)->decode(r.body, context_of(Wire::responses));
  auto const was = Json::parse(r.body);
  if (was["status"] == "queued" || was["status"] == "in_progress")  // background: not an answer yet
    return answer ? "an answer out of nothing" : "";
  if (!answer) return "refused: " + answer.error().peek()->log;
  auto const want = expected(was);
  auto const got =
      whole_answer(Json::parse(finish_answer(*answer, context_of(Wire::responses), "p", Nano{1})));
  if (!got.same(want)) return "another answer";
  if (got.citations != want.citations) return "citations";
  if (answer->model != was["model"]) return "model";
  if (auto bad = check_usage(answer->usage, want.usage); !bad.empty()) return bad;
  bool const thoughts = r.body.find("\"encrypted_content\":\"") != std::string::npos;
  if (dialect != "perplexity" && thoughts && !got.calls.empty() && answer->memos.empty())
    return "thoughts lost";
  return dialect == "xai" ? check_ticks(answer->usage, want.usage, answer->model) : "";
}

std::string check_stream(std::string const& dialect, Recording const& r) {
  auto const context = context_of(Wire::responses);
  auto const whole = fed(dialect, context, {r.body});
  if (auto bad = differs_when_cut(dialect, context, r.body, whole); !bad.empty()) return bad;
  if (r.kind == "responses-midstream-error")
    return whole.error == "provider_rate_limited" && whole.decoder->tail("p", {}).empty() ? ""
                                                                                          : "a false end";
  if (!whole.error.empty()) return whole.error;
  Json response;
  for (auto const& e : events_of(r.body))
    if (e["type"] == "response.completed" || e["type"] == "response.incomplete") response = e["response"];
  auto const want = expected(response);
  auto const got = streamed_answer(whole.out + whole.decoder->tail("p", Nano{1}));
  if (!got.same(want)) return "another answer";
  if (dialect != "perplexity" && got.citations != want.citations) return "citations";
  if (auto bad = check_usage(whole.decoder->usage(), want.usage); !bad.empty()) return bad;
  if (whole.decoder->content_started() !=
          !(got.content.empty() && got.refusal.empty() && got.calls.empty()) &&
      whole.out.find("reasoning_content") == std::string::npos)
    return "content_started";
  return dialect == "xai" ? check_ticks(whole.decoder->usage(), want.usage, whole.decoder->model()) : "";
}

void replay(std::string const& dialect) {
  auto const all = recordings(dialect);
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;
  for (auto const& r : all) {
    if (!r.kind.starts_with("responses-") || r.status != 200) continue;
    auto const bad = r.stream ? check_stream(dialect, r) : check_whole(dialect, r);
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  print_table(dialect + " responses", table);
}

TEST(Replay, OpenAiResponses) {
  replay("openai");
}
TEST(Replay, XaiResponses) {
  replay("xai");
}

// One recording exists: preset "fast", search, gpt-6-luna. Its own call of search_web is not the client's.
TEST(Replay, PerplexityAgent) {
  auto const all = recordings("perplexity");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  for (auto const& r : all) {
    if (!r.kind.starts_with("agent-")) continue;
    EXPECT_EQ(check_stream("perplexity", r), "");
    auto const whole = fed("perplexity", context_of(Wire::responses), {r.body});
    EXPECT_EQ(whole.decoder->usage().reported_cost, Nano{1'050'000});  // 0.00105 USD
    EXPECT_EQ(whole.decoder->usage().web_searches, 1);
    EXPECT_EQ(whole.decoder->usage().cached_input, 3004);
    auto const got = streamed_answer(whole.out + whole.decoder->tail("p", Nano{1'050'000}));
    EXPECT_TRUE(got.calls.empty());
    EXPECT_EQ(got.citations, 1u);  // the text says [7]
    EXPECT_GE(got.top["citations"].size(), 7u);
    EXPECT_EQ(got.top["citations"].size(), got.top["search_results"].size());
    EXPECT_EQ(got.usage["cost_usd"], 0.00105);
  }
}

}  // namespace responses_replay_test
}  // namespace tsg::replay
