// xAI's chat completions and Perplexity's Sonar: OpenAI's shapes with other meanings, from their recordings.
#include <gtest/gtest.h>

#include <cmath>

#include "replay/gathered.hpp"
#include "tsg/catalog/catalog.hpp"

namespace tsg::replay {
namespace chat_dialects_replay_test {

using Json = nlohmann::json;
using namespace providers;

DecodeContext chat_context() {
  DecodeContext c;
  c.id = "chatcmpl-1";
  c.asked_model = "asked";
  c.include_usage = true;
  return c;
}

catalog::Catalog const& built_in() {
  static auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
  return *catalog;
}

// --- xAI

std::string check_xai_usage(catalog::Usage usage, Json const& told, std::string const& model) {
  auto const r = count_in(told.value("completion_tokens_details", Json{}), "reasoning_tokens");
  if (usage.input_total() != count_in(told, "prompt_tokens")) return "input tokens";
  if (usage.output_total() != count_in(told, "completion_tokens") + r) return "output tokens";
  if (usage.reasoning != r) return "reasoning tokens";
  if (!told.contains("cost_in_usd_ticks")) return "";
  auto const nano = Nano{told["cost_in_usd_ticks"].get<std::int64_t>() / 10};
  if (usage.reported_cost != nano) return "reported cost";
  auto const* entry = built_in().find("xai", model);
  if (!entry) return "";
  usage.reported_cost.reset();
  auto const ours = catalog::price(*entry, usage, WallTime{1'770'000'000'000'000'000});
  return ours && ours->total == nano ? "" : "our price is not the bill";
}

std::string check_xai_totals(Json const& usage) {
  return count_in(usage, "prompt_tokens") + count_in(usage, "completion_tokens") ==
                 count_in(usage, "total_tokens")
             ? ""
             : "the client's totals do not add up";
}

std::string check_xai(Recording const& r) {
  if (!r.stream) {
    auto const answer = adapter_for("xai")->decode(r.body, chat_context());
    if (!answer) return "refused";
    auto const was = Json::parse(r.body);
    auto const now = Json::parse(finish_answer(*answer, chat_context(), "xai", Nano{1}));
    if (!whole_answer(now).same(whole_answer(was))) return "another answer";
    if (auto bad = check_xai_totals(now["usage"]); !bad.empty()) return bad;
    return check_xai_usage(answer->usage, was["usage"], answer->model);
  }
  auto const whole = fed("xai", chat_context(), {r.body});
  if (auto bad = differs_when_cut("xai", chat_context(), r.body, whole); !bad.empty()) return bad;
  if (!whole.error.empty()) return whole.error;
  auto const want = streamed_answer(r.body),
             got = streamed_answer(whole.out + whole.decoder->tail("xai", Nano{1}));
  if (!got.same(want)) return "another answer";
  std::int64_t created = -1;
  for (auto const& e : events_of(whole.out)) {
    for (auto const& c : e["choices"])
      if (!c.contains("finish_reason")) return "a choice without the key finish_reason";
    if (created >= 0 && e["created"] != created) return "created changes";
    created = e["created"].get<std::int64_t>();
  }
  if (auto bad = check_xai_totals(got.usage); !bad.empty()) return bad;
  return check_xai_usage(whole.decoder->usage(), want.usage, whole.decoder->model());
}

// What was asked goes out as it was, without `strict`; the limit under the name of reasoning models.
std::string check_xai_request(Recording const& r) {
  if (r.request.empty()) return "";
  auto const request = read_chat_request(r.request, {});
  if (!request) return "request refused";
  EncodeContext c;
  c.upstream_model = request->model;
  c.model = built_in().find("xai", request->model);
  c.family = c.model ? c.model : built_in().family("xai", request->model);
  c.api = "chat";
  auto const out = adapter_for("xai")->encode(*request, c);
  if (!out) return std::string{out.error().message()};
  auto was = Json::parse(r.request), now = Json::parse(out->body);
  if (request->stream) was["stream_options"]["include_usage"] = true;
  for (auto* side : {&was, &now}) {
    if (side->contains("max_tokens")) {
      (*side)["max_completion_tokens"] = (*side)["max_tokens"];
      side->erase("max_tokens");
    }
    if (side->contains("tools"))
      for (auto& tool : (*side)["tools"]) tool["function"].erase("strict");
  }
  return was == now ? "" : "request changed: " + out->body;
}

std::string check_xai_error(Recording const& r) {
  auto const e =
      adapter_for("xai")->decode_error(r.status, r.body, [](std::string_view) { return std::string_view{}; });
  bool const key = r.body.find("Incorrect API key") != std::string::npos;
  auto const want = key               ? Errc::provider_auth_failed
                    : r.status == 429 ? Errc::provider_rate_limited
                                      : Errc::provider_rejected;
  return e.code() == want ? "" : "is " + std::string{to_string(e.code())};
}

TEST(Replay, XaiChat) {
  auto const all = recordings("xai");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;
  for (auto const& r : all) {
    if (r.kind.starts_with("responses-")) continue;
    auto bad = r.kind.starts_with("error-") ? check_xai_error(r) : check_xai(r);
    if (bad.empty() && r.kind.starts_with("chat-")) bad = check_xai_request(r);
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  print_table("xai chat", table);
}

// --- Sonar

std::string check_sonar_usage(catalog::Usage usage, Json const& told, std::string const& model) {
  if (usage.input_total() != count_in(told, "prompt_tokens")) return "input tokens";
  if (usage.output_total() != count_in(told, "completion_tokens")) return "output tokens";
  if (!told.contains("cost")) return usage.reported_cost ? "cost out of nothing" : "";
  auto const nano = Nano{std::llround(told["cost"]["total_cost"].get<double>() * 1e9)};
  if (usage.reported_cost != nano) return "reported cost";
  auto const* entry = built_in().find("perplexity", model);
  if (!entry || told["cost"]["total_cost"] == told["cost"].value("request_cost", 0.0)) return "";
  // Sonar rounds each of its parts to 10 micro-USD.
  usage.reported_cost.reset();
  auto const ours = catalog::price(*entry, usage, WallTime{1'780'000'000'000'000'000});
  return ours && std::abs(ours->total.v - nano.v) <= 30'000 ? "" : "our price is far from the bill";
}

std::string check_sonar(Recording const& r) {
  if (!r.stream) {
    auto const answer = adapter_for("perplexity-sonar")->decode(r.body, chat_context());
    if (!answer) return "refused";
    auto const was = Json::parse(r.body);
    auto const now = Json::parse(finish_answer(*answer, chat_context(), "p", Nano{1}));
    if (!whole_answer(now).same(whole_answer(was))) return "another answer";
    for (auto const* key : {"citations", "search_results"})
      if (was.contains(key) && was[key] != now[key]) return key;
    if (was.contains("related_questions") && was["related_questions"] != now["related_questions"])
      return "questions";
    return check_sonar_usage(answer->usage, was["usage"], answer->model);
  }
  auto const whole = fed("perplexity-sonar", chat_context(), {r.body});
  if (!whole.error.empty()) return whole.error;
  if (r.body.size() < 300'000)
    if (auto bad = differs_when_cut("perplexity-sonar", chat_context(), r.body, whole); !bad.empty())
      return bad;
  Json last;
  Answered want;
  std::istringstream lines{r.body};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("data: {")) continue;
    last = Json::parse(line.substr(6));
    want.content += text_in(last["choices"][0]["delta"], "content");
  }
  want.finish = text_in(last["choices"][0], "finish_reason");
  auto const got = streamed_answer(whole.out + whole.decoder->tail("p", Nano{1}));
  if (!got.same(want)) return "another answer";
  for (auto const* key : {"citations", "search_results"})
    if (last.contains(key) && last[key] != got.top[key]) return key;
  return check_sonar_usage(whole.decoder->usage(), last["usage"], whole.decoder->model());
}

std::string check_sonar_request(Recording const& r) {
  if (r.request.empty()) return "";
  auto twin = Json::parse(r.request);
  for (auto& m : twin["messages"])
    if (m["content"].is_array())
      for (auto& part : m["content"])
        if (part["type"] == "file_url") {
          auto const payload = part["file_url"]["url"].get<std::string>();
          part = {{"type", "file"}, {"file", {{"file_data", "data:application/zip;base64," + payload}}}};
        }
  auto const request = read_chat_request(twin.dump(), {});
  if (!request) return "request refused";
  EncodeContext c;
  c.upstream_model = request->model;
  auto const out = adapter_for("perplexity-sonar")->encode(*request, c);
  if (!out) return std::string{out.error().message()};
  auto was = Json::parse(r.request), now = Json::parse(out->body);
  for (auto* side : {&was, &now}) {
    if (!side->contains("stream")) (*side)["stream"] = false;
    side->erase("stream_options");
    for (auto& m : (*side)["messages"])  // a list of texts is one text
      if (m["content"].is_array() &&
          std::ranges::all_of(m["content"], [](Json const& part) { return part["type"] == "text"; })) {
        std::string text;
        for (auto const& part : m["content"]) text += part.value("text", "");
        m["content"] = text;
      }
    if (side->contains("temperature")) (*side)["temperature"] = (*side)["temperature"].get<double>();
  }
  return was == now ? "" : "request changed: " + out->body;
}

TEST(Replay, PerplexitySonar) {
  auto const all = recordings("perplexity");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  std::map<std::string, std::pair<int, int>> table;
  int twins = 0;
  for (auto const& r : all) {
    // Other endpoints: the catalogue of models, and embeddings, which Perplexity gives as int8 only.
    if (r.kind.starts_with("agent-") || r.kind == "models-list" || r.kind == "embeddings") continue;
    std::string bad;
    if (r.kind.starts_with("error-")) {
      auto const e = adapter_for("perplexity-sonar")->decode_error(r.status, r.body, [](std::string_view) {
        return std::string_view{};
      });
      auto const want = r.status == 429 ? Errc::provider_rate_limited
                        : r.body.find("too_many_prompt_tokens") != std::string::npos
                            ? Errc::context_length_exceeded
                            : Errc::provider_rejected;
      if (e.code() != want) bad = "is " + std::string{to_string(e.code())};
    } else {
      bad = check_sonar(r);
      if (bad.empty()) bad = check_sonar_request(r);
      twins += bad.empty() && !r.request.empty();
    }
    auto& [passed, count] = table[r.kind];
    ++count;
    passed += bad.empty();
    EXPECT_EQ(bad, "") << r.name;
  }
  print_table("perplexity sonar", table);
  std::printf("perplexity sonar twins: %d\n", twins);
  EXPECT_GE(twins, 10);
}

}  // namespace chat_dialects_replay_test
}  // namespace tsg::replay
