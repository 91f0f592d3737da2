#include "tsg/governance/budget.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "governance/fields.hpp"
#include "tsg/core/usd_rule.hpp"

namespace tsg::governance {
namespace {

constexpr std::size_t kTopUpsMax = 100;

Nano read_money(Fields& in, char const* field, bool zero_allowed) {
  auto const* value = in.find(field);
  if (!value) return in.fail(field, "is required: " + std::string{kUsdRule}), Nano{};
  auto const parsed = value->is_string() ? parse_usd(value->get_ref<std::string const&>()) : std::nullopt;
  if (!parsed || parsed->v < (zero_allowed ? 0 : 1)) {
    in.fail(field, "must be " + std::string{kUsdRule} + (zero_allowed ? "" : ", above zero"));
    return {};
  }
  return *parsed;
}

WallTime read_time(Fields& in, char const* field) {
  auto const text = in.text(field, 40);
  auto const time = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time) in.fail(field, "is required: an RFC 3339 time such as \"2026-11-30T00:00:00Z\"");
  return time.value_or(WallTime{});
}

TopUp read_topup(Fields& in) {
  TopUp out;
  out.id = in.text("id", 64).value_or(std::string{});
  if (out.id.empty()) in.fail("id", "is required");
  out.amount = read_money(in, "usd", false);
  out.granted_at = read_time(in, "granted_at");
  out.expires_at = read_time(in, "expires_at");
  out.reason = in.text("reason", 200).value_or(std::string{});
  if (in.ok() && out.expires_at <= out.granted_at) in.fail("expires_at", "must be after granted_at");
  return out;
}

void read_topups(Fields& in, Budget& out) {
  auto const* topups = in.array("topups", kTopUpsMax);
  for (std::size_t i = 0; topups && i < topups->size(); ++i) {
    Fields one{(*topups)[i], "topups[" + std::to_string(i) + "]."};
    auto made = read_topup(one);
    if (std::ranges::any_of(out.topups, [&](TopUp const& t) { return t.id == made.id; }))
      one.fail("id", "is used twice: '" + made.id + "'");
    auto done = one.finish();
    if (!done) return in.fail(done.error());
    out.topups.push_back(std::move(made));
  }
}

void read_alerts(Fields& in, Budget& out) {
  auto const* alerts = in.array("alerts_percent", 20);
  if (!alerts) return;
  out.alerts_percent.clear();
  for (auto const& a : *alerts) {
    bool const fits = a.is_number_integer() && a >= 1 && a <= 1000 &&
                      (out.alerts_percent.empty() || out.alerts_percent.back() < a.get<int>());
    if (!fits) return in.fail("alerts_percent", "must be ascending integers from 1 to 1000");
    out.alerts_percent.push_back(a.get<int>());
  }
}

}  // namespace

Result<Budget> parse_budget(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Fields in{*document};
  Budget out;
  out.monthly = read_money(in, "monthly_usd", true);
  read_alerts(in, out);
  read_topups(in, out);
  auto done = in.finish();
  if (!done) return done.error();
  return out;
}

Nano limit_at(Budget const& budget, Window month, WallTime now) noexcept {
  Nano limit = budget.monthly;
  for (auto const& t : budget.topups) {
    auto const granted = t.granted_at.ms();
    if (granted < month.start_ms || granted >= month.end_ms || now >= t.expires_at) continue;
    limit = checked_add(limit, t.amount).value_or(Nano{INT64_MAX});
  }
  return limit;
}

}  // namespace tsg::governance
