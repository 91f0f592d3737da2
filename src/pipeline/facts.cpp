#include "pipeline/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tsg/core/crypto.hpp"

namespace tsg::pipeline {
namespace {

// The messages up to and with the first one of the user: they stay the same while a conversation grows.
std::string opening(conversation::Prompt const& prompt) {
  std::string text;
  std::uint32_t turn = UINT32_MAX;
  for (auto const& item : prompt.items) {
    bool const begins = std::exchange(turn, item.turn) != item.turn;
    if (begins) text += item.group;
    if (item.role == conversation::Role::user) break;
  }
  return text;
}

// Keyed, so that a record does not give a prompt away to who can guess it (AUD-30).
std::uint64_t keyed_hash(crypto::SecretKey const& secret, Asker const& asker, std::string_view what,
                         std::string_view text) {
  if (text.empty()) return 0;
  std::string all{what};
  for (auto const part : {std::string_view{asker.org}, std::string_view{asker.key_id}, text}) {
    all += '\0';
    all += part;
  }
  auto const digest = crypto::hmac_sha256(secret.bytes(), as_bytes(all));
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash | 1;  // 0 means none
}

}  // namespace

routing::Facts facts_of(providers::ChatRequest const& chat, Asker const& asker, routing::Plan const& plan,
                        config::Limits const& limits, crypto::SecretKey const& secret) {
  constexpr std::int64_t bytes_per_token = 4;  // English prose; only the choice depends on it, never a hold
  routing::Facts f;
  f.embeddings = chat.operation == providers::Operation::embeddings;
  f.stream = chat.stream;
  f.tools = chat.tools;
  f.server_tools = chat.server_tools;
  f.images = chat.images;
  f.audio = chat.audio_in;
  f.audio_out = chat.audio_out;
  f.files = chat.files;
  f.json_schema = chat.json_schema;
  f.input_tokens = static_cast<std::int64_t>(chat.text_bytes) / bytes_per_token;
  f.max_tokens = chat.max_tokens;
  f.output_tokens = chat.max_tokens.value_or(limits.output_tokens_default);
  f.choices = chat.n;
  f.image_count = static_cast<std::int64_t>(chat.image_count);
  // A record has it: of a word that is no tier only that it was one.
  constexpr std::array<std::string_view, 7> tiers{"auto",  "default",  "flex", "priority",
                                                  "scale", "standard", "batch"};
  bool const known = chat.service_tier.empty() || std::ranges::find(tiers, chat.service_tier) != tiers.end();
  f.service_tier = known ? chat.service_tier : "other";
  f.environment = asker.environment;
  f.org = asker.org;
  f.team = asker.team;
  auto const sticky = plan.spec ? plan.spec->sticky : routing::Sticky::none;
  if (sticky == routing::Sticky::user) f.sticky = keyed_hash(secret, asker, "user", chat.user);
  if (sticky == routing::Sticky::conversation)
    f.sticky = keyed_hash(secret, asker, "conversation", opening(chat));
  return f;
}

Result<routing::Facts> strike_unfit(routing::Plan& plan, providers::ChatRequest const& chat,
                                    Caller const& caller, Runtime const& runtime,
                                    crypto::SecretKey const& secret,
                                    std::vector<audit::Candidate>& candidates) {
  // One target, and the client's own choice: what it cannot do is for the adapter and the provider to say.
  if (!plan.spec) return routing::Facts{};
  Asker const asker{caller.key->id, caller.key->org, caller.key->team, caller.key->environment};
  auto facts = facts_of(chat, asker, plan, runtime.config.limits, secret);
  std::vector<routing::PassedOver> passed_over;
  routing::strike_unfit(plan, facts, passed_over);
  std::string reasons;
  for (auto& p : passed_over) {
    if (reasons.find(p.reason) == std::string::npos) reasons += (reasons.empty() ? "" : ", ") + p.reason;
    candidates.emplace_back(std::move(p.target), std::move(p.reason));
  }
  if (!plan.targets.empty()) return facts;
  return Error{Errc::unsupported_parameter,
               "No target of the route `" + plan.route + "` can take this request: " + reasons + ".",
               "model"};
}

}  // namespace tsg::pipeline
