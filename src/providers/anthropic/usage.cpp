#include "providers/anthropic/usage.hpp"

#include <algorithm>

#include "providers/counts.hpp"

namespace tsg::providers::anthropic {
namespace {

std::string region_named(std::string_view geo) {
  if (geo == "global" || geo == "not_available") return {};
  return "inference_geo=" + std::string{geo};
}

}  // namespace

void UsageBook::start(RawNode const& usage) {
  read(usage, input_.has_value());
  iterations(usage);
}

void UsageBook::told(RawNode const& usage) {
  read(usage, false);
  iterations(usage);
  output_told_ |= count_of(usage["output_tokens"]).has_value();
}

void UsageBook::read(RawNode const& usage, bool larger) {
  auto const take = [larger, this](std::string_view raw, auto& into) {
    invalid_ |= no_count({raw});
    if (auto const n = count_of(raw)) into = larger ? std::max<std::int64_t>(into ? *into : 0, *n) : *n;
  };
  invalid_ |= contradicts_itself(usage);
  take(usage["input_tokens"], input_);
  take(usage["cache_read_input_tokens"], cache_read_);
  take(usage["cache_creation_input_tokens"], cache_write_);
  auto const written = usage.child("cache_creation");
  take(written["ephemeral_5m_input_tokens"], write_5m_);
  take(written["ephemeral_1h_input_tokens"], write_1h_);
  take(usage["output_tokens"], output_);
  take(usage.child("output_tokens_details")["thinking_tokens"], thinking_);
  auto const servers = usage.child("server_tool_use");
  searches_ = std::max(searches_, count_of(servers["web_search_requests"]).value_or(0));
  fetches_ = std::max(fetches_, count_of(servers["web_fetch_requests"]).value_or(0));
  if (auto const tier = name_of(usage["service_tier"]); !tier.empty()) tier_ = tier == "standard" ? "" : tier;
  // Fast answers are sold as a tier of their own.
  if (text_of(usage["speed"]) == "fast") tier_ = "fast";
  if (auto const geo = name_of(usage["inference_geo"]); !geo.empty()) region_ = region_named(geo);
}

// The list is told whole each time.
void UsageBook::iterations(RawNode const& usage) {
  auto const list = usage.child("iterations");
  if (list.empty()) return;
  beside_.clear();
  fell_back_ = false;
  for (auto const& element : list.members()) {
    auto const one = list.child(element);
    auto const type = text_of(one["type"]);
    if (type.starts_with("fallback")) {
      fell_back_ = true;
      successor_ = name_of(one["model"]);
    }
    if (!type.starts_with("compaction") && !type.starts_with("advisor")) continue;
    UsageBook book;
    book.tier_ = type.starts_with("compaction") ? tier_ : "";  // the answer's own, unless it says another
    book.region_ = region_;
    book.read(one, false);
    book.output_told_ = book.output_.has_value();
    auto& used = beside_.emplace_back(book.counts());
    used.model = name_of(one["model"]);
    invalid_ |= !used.reported;
  }
}

catalog::Usage UsageBook::usage(std::string_view model) const {
  auto u = counts();
  u.beside = beside_;
  if (fell_back_) u.model = successor_.empty() ? std::string{model} : successor_;
  return u;
}

catalog::Usage UsageBook::counts() const {
  catalog::Usage u;
  u.input = input_.value_or(0);
  u.cached_input = cache_read_.value_or(0);
  // What the parts do not account for was written for five minutes, the default (seen with server tools).
  auto const written = cache_write_.value_or(write_5m_.value_or(0) + write_1h_.value_or(0));
  u.cache_write_1h = std::min(write_1h_.value_or(0), written);
  u.cache_write_5m = written - u.cache_write_1h;
  u.reasoning = std::min(thinking_.value_or(0), output_.value_or(0));
  u.output = output_.value_or(0) - u.reasoning;
  u.web_searches = searches_;
  u.url_fetches = fetches_;
  u.service_tier = tier_;
  u.region = region_;
  u.invalid = invalid_;
  u.reported = input_.has_value() && output_told_ && !invalid_;
  return u;
}

}  // namespace tsg::providers::anthropic
