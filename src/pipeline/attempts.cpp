#include "pipeline/attempts.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

using ms = std::chrono::milliseconds;
using routing::Standing;

// Longer waits are the client's to decide: it gets the error and the provider's retry-after.
constexpr ms wait_most{5'000};

bool better(routing::View const& a, routing::View const& b) noexcept {
  if (a.standing != b.standing) return a.standing < b.standing;
  return a.until_ms < b.until_ms;
}

// By weight, without replacement; the same for the same request.
std::vector<ProviderCredential const*> drawn(std::vector<ProviderCredential const*> left,
                                             routing::Random& random) {
  std::vector<ProviderCredential const*> out;
  if (left.size() == 1) return left;  // nearly always
  std::erase_if(left, [](auto const* c) { return c->weight <= 0; });
  while (!left.empty()) {
    std::uint64_t total = 0;
    for (auto const* c : left) total += static_cast<std::uint64_t>(c->weight);
    auto at = static_cast<std::int64_t>(random.below(total));
    auto const it = std::ranges::find_if(left, [&](auto const* c) { return (at -= c->weight) < 0; });
    out.push_back(*it);
    left.erase(it);
  }
  return out;
}

}  // namespace

std::string_view health_name(routing::Target const& target) noexcept {
  return target.model ? std::string_view{target.model->id} : std::string_view{target.upstream_model};
}

std::uint64_t seed_of(RequestId const& id) noexcept {
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 16; ++i) seed = seed * 0x100000001b3 ^ id.bytes()[i];
  return routing::Random::mixed(seed);
}

std::vector<routing::View> views_of(routing::Plan const& plan, Services& services, Runtime const& runtime,
                                    std::string_view org) {
  auto const now = services.clock.steady();
  auto const stored = services.stored_credentials.load();
  std::vector<routing::View> views;
  views.reserve(plan.targets.size());
  for (auto const& target : plan.targets) {
    routing::View best;
    bool any = false;
    for (auto const* c : usable_credentials(runtime.credentials, *stored, target.provider->id, org)) {
      auto v = services.board.endpoint(target.provider->id, health_name(target), c->place).view(now);
      if (auto const* limits = target.provider->quota_of(c->name)) {
        auto const left = services.quotas.of(target.provider->id, c->place).remaining_permille(*limits, now);
        v.remaining = std::min(v.remaining, left);
      }
      if (!std::exchange(any, true) || better(v, best)) best = v;
    }
    if (!any) best.standing = Standing::cooling;  // no usable credential
    views.push_back(best);
  }
  return views;
}

Attempts::Attempts(Purchase const& purchase, Order const& order, Body body)
    : ctx_{purchase.ctx},
      plan_{purchase.plan()},
      org_{purchase.caller.key->org},
      body_{std::move(body)},
      stored_{ctx_.services.stored_credentials.load()},
      random_{seed_of(ctx_.id)} {
  auto& services = ctx_.services;
  for (auto const i : order) {
    auto const& target = plan_.targets[i];
    auto usable = usable_credentials(ctx_.runtime->credentials, *stored_, target.provider->id, org_);
    for (auto const* credential : drawn(std::move(usable), random_)) {
      Choice c;
      c.target = i;
      c.credential = credential;
      c.endpoint = &services.board.endpoint(target.provider->id, health_name(target), credential->place);
      c.limits = target.provider->quota_of(credential->name);
      if (c.limits != nullptr) c.quota = &services.quotas.of(target.provider->id, credential->place);
      choices_.push_back(c);
    }
  }
  auto const configured = static_cast<int>(ctx_.runtime->config.limits.attempts);
  most_ = plan_.spec ? plan_.spec->attempts_max.value_or(configured) : configured;
}

// The first that was not asked yet and is well; with `insist`, whatever its health. The ill come last in the
// order already, so insisting starts with the least ill.
std::optional<std::size_t> Attempts::fresh(bool insist) const {
  auto const now = ctx_.services.clock.steady();
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    auto const& c = choices_[i];
    if (c.dead || c.failures > 0) continue;
    auto const standing = c.endpoint->view(now).standing;
    if (insist || standing == Standing::usable || standing == Standing::probe) return i;
  }
  return {};
}

// Everybody has been asked: the one that may be asked again soonest. Only for routes, whose operator has
// chosen how often; a client that named a model has an SDK that retries.
std::optional<Attempts::Next> Attempts::again() {
  if (!routed()) return {};
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < choices_.size(); ++i)
    if (!choices_[i].dead && (!best || choices_[i].not_before < choices_[*best].not_before)) best = i;
  if (!best) return {};
  auto const& c = choices_[*best];
  auto const now = ctx_.services.clock.steady();
  std::optional<ms> least;
  if (c.not_before > now) least = std::chrono::ceil<ms>(c.not_before - now);
  auto const wait = routing::back_off(c.failures, least, random_);
  if (wait > wait_most || now + wait >= ctx_.deadline) return {};
  if (!ctx_.services.board.retries(c.endpoint->provider()).second()) return {};
  return taken(*best, true, wait);
}

Attempts::Next Attempts::taken(std::size_t choice, bool insist, ms wait) {
  current_ = choice;
  insist_ = insist;
  auto const& c = choices_[choice];
  return Next{&body_.prompt, c.target, c.credential, c.endpoint, wait};
}

std::optional<Attempts::Next> Attempts::next() {
  if (made_ >= most_ || ctx_.services.clock.steady() >= ctx_.deadline) return {};
  if (auto const well = fresh(false)) return taken(*well, false, ms{0});
  if (auto const any = fresh(true)) return taken(*any, true, ms{0});
  return again();
}

Quota* Attempts::quota() const noexcept {
  return current_ ? choices_[*current_].quota : nullptr;
}

// Half the output limit: few answers reach it. Money: the bound that budgets are held for.
Quota::Charge Attempts::expected() const {
  Quota::Charge charge;
  charge.tokens = static_cast<std::int64_t>(asked().text_bytes) / 4 + 1;
  auto const& bound = plan_.bounds[choices_[*current_].target];
  auto const each = asked().max_tokens.value_or(ctx_.runtime->config.limits.output_tokens_default);
  if (asked().operation == conversation::Operation::chat) charge.tokens += each / 2;
  charge.cost = bound.hold.value_or(Nano{});
  return charge;
}

void Attempts::give_back(Quota::Charge const& used) noexcept {
  if (!charged_) return;
  auto const& c = choices_[*current_];
  auto const& clock = ctx_.services.clock;
  c.quota->settle(*c.limits, org_, *charged_, used, clock.steady(), clock.wall());
  charged_.reset();
}

bool Attempts::begin(Next const& next) {
  permit_ = next.endpoint->begin(ctx_.services.clock.steady(), insist_);
  if (!permit_.granted) {  // somebody else probes it: next() will find it open
    give_back({});
    current_.reset();
    return false;
  }
  begun_ = true;
  ++made_;
  if (choices_[*current_].failures == 0) ctx_.services.board.retries(next.endpoint->provider()).first();
  return true;
}

routing::Verdict Attempts::failed(routing::Failed stage, Error const& error, int status,
                                  Quota::Charge const& used) {
  give_back(used);
  begun_ = false;
  auto& c = choices_[*current_];
  auto const now = ctx_.services.clock.steady();
  auto const verdict = routing::may_retry(stage, error, status, routed());
  auto const* d = error.peek();
  auto const retry_after = d ? d->retry_after : std::nullopt;
  c.endpoint->end(permit_, verdict.mark, retry_after, {}, now);
  ++c.failures;
  c.dead = !verdict.same_again;
  c.not_before = now + retry_after.value_or(ms{0});
  auto const failed_target = c.target;
  auto const window =
      plan_.targets[failed_target].model ? plan_.targets[failed_target].model->context_window : std::nullopt;
  for (auto& other : choices_) {
    // Too long for this one: only a larger window can help.
    auto const* model = plan_.targets[other.target].model;
    if (error.code() == Errc::context_length_exceeded && other.target != failed_target &&
        !(window && model && model->context_window && *model->context_window > *window))
      other.dead = true;
    if (!verdict.other_credential && other.target == failed_target) other.dead = true;
    if (!verdict.other_target && other.target != failed_target) other.dead = true;
  }
  // Our other key first where only this key was at fault; somebody else first where the provider was.
  if (verdict.mark == routing::Mark::failure)
    std::stable_partition(choices_.begin(), choices_.end(),
                          [&](auto const& o) { return o.target != failed_target; });
  current_.reset();
  return verdict;
}

void Attempts::succeeded(std::chrono::microseconds first_byte, Quota::Charge const& used) {
  give_back(used);
  begun_ = false;
  choices_[*current_].endpoint->end(permit_, routing::Mark::success, {}, first_byte,
                                    ctx_.services.clock.steady());
  current_.reset();
}

void Attempts::abandon(Quota::Charge const& used) {
  if (!current_) return;
  give_back(used);
  if (!std::exchange(begun_, false)) return current_.reset();
  choices_[*current_].endpoint->end(permit_, routing::Mark::none, {}, {}, ctx_.services.clock.steady());
  current_.reset();
}

void Attempts::skip() {
  choices_[*current_].dead = true;
  current_.reset();
}

void Attempts::strike(std::size_t target) {
  for (auto& c : choices_)
    if (c.target == target) c.dead = true;
  current_.reset();
}

bool Attempts::more() const {
  if (made_ >= most_) return false;
  return std::ranges::any_of(choices_, [&](auto const& c) {
    return !c.dead && (routed() || (c.failures == 0 && &c != &choices_[current_.value_or(0)]));
  });
}

}  // namespace tsg::pipeline
