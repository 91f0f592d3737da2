#include "tsg/governance/terms.hpp"

#include <nlohmann/json.hpp>

#include "governance/fields.hpp"
#include "tsg/core/money.hpp"
#include "tsg/governance/world.hpp"

namespace tsg::governance {
namespace {

constexpr std::size_t kEntriesMax = 500;

// "12.5" -> 125'000 millionths; at most four decimals, so that it is exact.
std::int64_t read_percent(Fields& in, std::int64_t most_percent) {
  auto const* value = in.find("percent");
  auto const parsed = value && value->is_string() ? parse_usd(value->get_ref<std::string const&>())
                                                  : std::nullopt;  // a plain decimal, in 1e-9
  constexpr std::int64_t kNanoOfMicro = 100'000;                   // 1e-6 of the whole is 1e-4 percent
  if (!parsed || parsed->v % kNanoOfMicro != 0 || parsed->v > most_percent * 1'000'000'000) {
    in.fail("percent", "is required: a decimal string in quotes from \"0\" to \"" +
                           std::to_string(most_percent) + "\" with at most four decimals");
    return 0;
  }
  return parsed->v / kNanoOfMicro;
}

WallTime read_from(Fields& in) {
  auto const text = in.text("effective_from", 40);
  if (!text) return WallTime{INT64_MIN};
  auto const time = parse_rfc3339(text->size() == 10 ? *text + "T00:00:00Z" : *text);
  if (!time) in.fail("effective_from", "must be an RFC 3339 time or a day (YYYY-MM-DD, UTC)");
  return time.value_or(WallTime{});
}

template <class F>
void each(Fields& in, char const* field, F read) {
  auto const* list = in.array(field, kEntriesMax);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    Fields one{(*list)[i], std::string{field} + "[" + std::to_string(i) + "]."};
    read(one);
    auto done = one.finish();
    if (!done) return in.fail(done.error());
  }
}

// The latest entry in force; where two begin at one time, the later in the list.
template <class Entry, class Fits>
Entry const* in_force(std::vector<Entry> const& entries, WallTime at, Fits fits) {
  Entry const* found = nullptr;
  for (auto const& e : entries)
    if (e.from <= at && fits(e) && (!found || e.from >= found->from)) found = &e;
  return found;
}

}  // namespace

Result<Terms> parse_terms(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Fields in{*document};
  Terms out;
  each(in, "discounts", [&](Fields& one) {
    Terms::Discount d;
    d.provider = one.text("provider", 63).value_or(std::string{});
    if (d.provider.empty()) one.fail("provider", "is required: the id of a provider instance");
    d.micro = read_percent(one, 100);
    d.from = read_from(one);
    out.discounts.push_back(std::move(d));
  });
  each(in, "markups", [&](Fields& one) {
    Terms::Markup m;
    m.micro = read_percent(one, 1000);
    m.from = read_from(one);
    out.markups.push_back(m);
  });
  auto done = in.finish();
  if (!done) return done.error();
  return out;
}

Applied terms_at(Levels const& levels, std::string_view provider, WallTime at) {
  Applied out;
  levels.each_terms([&](AttachedTerms const& terms) {
    auto const* discount =
        in_force(terms.value.discounts, at, [&](auto const& d) { return d.provider == provider; });
    if (discount) {
      out.discount_micro = discount->micro;
      out.discount_source = terms.at.text() + "@" + std::to_string(terms.version);
    }
    if (auto const* markup = in_force(terms.value.markups, at, [](auto const&) { return true; }))
      out.markup_micro = markup->micro;
  });
  return out;
}

}  // namespace tsg::governance
