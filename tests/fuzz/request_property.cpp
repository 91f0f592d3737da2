#include "fuzz/check.hpp"
#include "fuzz/properties.hpp"
#include "providers/raw_json.hpp"

namespace tsg::fuzz {
namespace {

using namespace providers;

constexpr std::int64_t kLimit = 100;  // the hold was made for so many tokens

// A model that takes everything; without rules it is the newest of its family, which takes little.
catalog::Model const& permissive() {
  static auto const model = [] {
    catalog::Model m;
    m.rules = {{"sampling", "\"free\""}, {"forced_tool_choice", "true"},
               {"prefill", "true"},      {"mid_system", "true"},
               {"penalties", "true"},    {"logprobs", "true"},
               {"candidates", "8"},      {"schema", "\"openapi\""},
               {"search", "\"forced\""}, {"thinking", R"(["enabled","disabled"])"}};
    return m;
  }();
  return model;
}

void check_limit(RawNode const& body) {
  for (std::string_view const name : {"max_tokens", "max_completion_tokens", "max_output_tokens"})
    if (auto const limit = count_of(body[name])) check(*limit <= kLimit);
  if (auto const limit = count_of(body.child("generationConfig")["maxOutputTokens"])) check(*limit <= kLimit);
}

void encode(ChatRequest const& request, std::string_view dialect, unsigned choice) {
  static constexpr std::array<std::string_view, 4> kApis{"auto", "chat", "responses", "auto"};
  EncodeContext c;
  c.upstream_model = "m";
  c.output_limit = kLimit;
  c.api = kApis[choice & 3];
  if ((choice & 4) != 0) c.model = c.family = &permissive();
  auto const out = adapter_for(dialect)->encode(request, c);
  if (!out) {
    check(!out.error().message().empty());
    return;
  }
  check(out->path.starts_with('/'));
  auto const body = RawNode::parse(out->body);
  check(!!body);
  if (request.operation == Operation::chat) check_limit(*body);
}

}  // namespace

void request_property(std::string_view input) {
  if (input.empty()) return;
  auto const choice = static_cast<unsigned char>(input.front());
  std::string const body{input.substr(1)};
  auto const request = choice >= 0x80 ? read_embeddings_request(body, {}) : read_chat_request(body, {});
  if (!request) {
    check(!request.error().message().empty());
    return;
  }
  auto const bound = input_bound(*request);
  check(bound.tokens ? *bound.tokens > 0 : !bound.why_unbounded.empty());
  for (auto const dialect : dialects()) encode(*request, dialect, choice);
}

}  // namespace tsg::fuzz
