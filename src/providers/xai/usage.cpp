#include <algorithm>

#include "providers/xai/adapter.hpp"

namespace tsg::providers::xai {
namespace {

// 10^10 ticks are one USD: a tick is a tenth of a nano-USD. A part of one is charged whole.
void read_ticks(RawNode const& usage, catalog::Usage& u) {
  if (auto const ticks = count_of(usage["cost_in_usd_ticks"])) u.reported_cost = Nano{(*ticks + 9) / 10};
}

// A report of more cached tokens than input tokens is taken as two numbers that exclude each other.
void mend_cached(std::int64_t input, std::optional<std::int64_t> cached, catalog::Usage& u) {
  if (!u.reported || cached.value_or(0) <= input) return;
  u.input = input;
  u.cached_input = *cached;
  u.input_image = u.input_audio = u.cached_input_audio = 0;
}

}  // namespace

catalog::Usage read_chat_usage(RawNode const& usage) {
  auto u = openai::read_usage(usage);
  if (!u.reported) return u;
  auto const prompt = count_of(usage["prompt_tokens"]).value_or(0);
  auto const visible = count_of(usage["completion_tokens"]).value_or(0);
  auto const total = count_of(usage["total_tokens"]);
  auto const thought = count_of(usage.child("completion_tokens_details")["reasoning_tokens"]).value_or(0);
  // The total tells which rule was used; where it fits neither, it is what counts.
  auto const produced = total ? std::max(*total - prompt, visible) : visible + thought;
  if (produced > visible) {
    u.reasoning = std::min(thought, produced);
    u.output = produced - u.reasoning - std::min(u.output_audio, produced - u.reasoning);
  }
  mend_cached(prompt, count_of(usage.child("prompt_tokens_details")["cached_tokens"]), u);
  read_ticks(usage, u);
  return u;
}

void mend_chat_usage(json::Edits& edits, RawNode const& usage) {
  auto const u = read_chat_usage(usage);
  if (!u.reported) return;
  auto const put = [&](std::string_view key, std::int64_t value) {
    auto const* m = usage.find(key);
    if (m && count_of(usage.raw(*m)) != value) edits.replace(m->value, std::to_string(value));
  };
  put("prompt_tokens", u.input_total());
  put("completion_tokens", u.output_total());
  put("total_tokens", u.input_total() + u.output_total());
}

catalog::Usage read_responses_usage(RawNode const& usage) {
  auto u = responses::read_usage(usage);
  if (u.invalid) return u;
  mend_cached(count_of(usage["input_tokens"]).value_or(0),
              count_of(usage.child("input_tokens_details")["cached_tokens"]), u);
  auto const calls = usage.child("server_side_tool_usage_details");
  auto const count = [&](std::string_view key) { return count_of(calls[key]).value_or(0); };
  u.web_searches = count("web_search_calls");
  u.x_searches = count("x_search_calls");
  u.code_executions = count("code_interpreter_calls");
  u.file_searches = count("file_search_calls");
  u.other_tool_calls = count("mcp_calls") + count("document_search_calls") + count("image_generation_calls");
  if (calls.empty()) u.other_tool_calls = count_of(usage["num_server_side_tools_used"]).value_or(0);
  read_ticks(usage, u);
  return u;
}

}  // namespace tsg::providers::xai
