// FOCUS 1.4, rule by rule (standards §6): columns, nulls, formats, arithmetic, hostile names.
#include "tsg/usage/focus.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tsg/usage/decimal.hpp"

namespace tsg::usage {
namespace {

using Cells = std::map<std::string, std::string>;

// RFC 4180, strictly: quotes only around whole cells, CRLF between rows.
std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows{{}};
  std::string cell;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size(); ++i) {
        if (text[i] == '"' && (i + 1 == text.size() || text[i + 1] != '"')) break;
        if (text[i] == '"') ++i;
        cell += text[i];
      }
      ++i;
      EXPECT_TRUE(i == text.size() || text[i] == ',' || text[i] == '\r') << "text after a closing quote";
    } else if (text[i] == ',') {
      rows.back().push_back(std::exchange(cell, {}));
      ++i;
    } else if (text.substr(i, 2) == "\r\n") {
      rows.back().push_back(std::exchange(cell, {}));
      i += 2;
      if (i < text.size()) rows.emplace_back();
    } else {
      EXPECT_NE(text[i], '\n') << "a bare line feed outside quotes";
      cell += text[i++];
    }
  }
  return rows;
}

std::vector<Cells> rows_of(FocusExport const& file) {
  auto const all = parse_csv(file.csv());
  std::vector<Cells> out;
  for (std::size_t r = 1; r < all.size(); ++r) {
    EXPECT_EQ(all[r].size(), all[0].size());
    auto& cells = out.emplace_back();
    for (std::size_t c = 0; c < all[0].size(); ++c) cells[all[0][c]] = all[r][c];
  }
  return out;
}

store::LedgerRow row(std::string parts, std::int64_t cost) {
  store::LedgerRow r;
  r.id = 1;
  r.time_ms = parse_rfc3339("2026-11-23T00:10:00Z")->ms();
  r.key_id = "key_9a1b";
  r.org = "acme";
  r.team = "core";
  r.environment = "prod";
  r.provider = "openai";
  r.model = "gpt-4o-2024-08-06";
  r.model_requested = "gpt-4o";
  r.price_version = "0123456789abcdef";
  r.cost = cost;
  r.parts = std::move(parts);
  return r;
}

// Annex A.5: 1234 input of which 1000 cached, 567 output.
store::LedgerRow annex() {
  return row(
      R"([["input",234,585000,2500000000,2500000000],["cached_input",1000,1250000,1250000000,1250000000],)"
      R"(["output",567,5670000,10000000000,10000000000]])",
      7'505'000);
}

FocusExport export_of(std::vector<store::LedgerRow> const& rows, FocusOptions options = {}) {
  FocusExport file{std::move(options)};
  for (auto const& r : rows) EXPECT_TRUE(file.add(r));
  return file;
}

// A plain decimal as an integer of 10^-15.
__extension__ using Int = __int128;
Int femto(std::string const& text) {
  Int value = 0;
  int decimals = -1;
  for (char const c : text) {
    if (c == '-') continue;
    if (c == '.') {
      decimals = 0;
      continue;
    }
    EXPECT_TRUE(c >= '0' && c <= '9') << text;
    value = value * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
  }
  for (int i = std::max(decimals, 0); i < 15; ++i) value *= 10;
  return text.starts_with('-') ? -value : value;
}

TEST(Focus, theWorkedExampleOfTheStandardsPage) {
  auto const rows = rows_of(export_of({annex()}));
  ASSERT_EQ(rows.size(), 3u);
  std::string text;
  for (auto const& r : rows) {
    for (char const* name :
         {"ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ServiceCategory", "ServiceSubcategory",
          "SkuMeter", "ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "ListUnitPrice",
          "ListCost", "ContractedUnitPrice", "ContractedCost", "EffectiveCost", "BilledCost",
          "BillingCurrency"})
      text += r.at(name) + ",";
    text += r.at("x_CredentialId") + "\n";
  }
  std::string const head =
      "2026-11-23T00:00:00Z,2026-11-23T01:00:00Z,Usage,AI and Machine Learning,Generative AI,";
  EXPECT_EQ(text,
            head +
                "Cached Input Tokens,1000,Tokens,0.001,1000000 Tokens,1.25,0.00125,1.25,0.00125,0.00125,"
                "0.00125,USD,key_9a1b\n" +
                head +
                "Input Tokens,234,Tokens,0.000234,1000000 Tokens,2.5,0.000585,2.5,0.000585,0.000585,0.000585,"
                "USD,key_9a1b\n" +
                head +
                "Output Tokens,567,Tokens,0.000567,1000000 Tokens,10,0.00567,10,0.00567,0.00567,0.00567,USD,"
                "key_9a1b\n");
}

TEST(Focus, mandatoryColumnsAreThereAndRemovedOnesAreNot) {
  auto const header = parse_csv(export_of({}).csv()).at(0);
  std::set<std::string> const names{header.begin(), header.end()};
  EXPECT_EQ(names.size(), header.size()) << "a column twice";
  for (char const* mandatory :
       {"BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodStart",
        "BillingPeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodStart",
        "ChargePeriodEnd", "ContractedCost", "EffectiveCost", "HostProviderName", "InvoiceIssuerName",
        "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName", "ServiceProviderName",
        // conditional ones that apply
        "ConsumedQuantity", "ConsumedUnit", "ListUnitPrice", "ContractedUnitPrice", "SkuId", "SkuMeter",
        "SkuPriceId", "SkuPriceDetails", "SubAccountId", "SubAccountName", "SubAccountType", "Tags",
        "PricingCategory", "BillingAccountType", "ServiceSubcategory", "InvoiceId"})
    EXPECT_TRUE(names.contains(mandatory)) << mandatory;
  for (auto const& name : header) {
    EXPECT_NE(name, "ProviderName");
    EXPECT_NE(name, "PublisherName");
    if (name.starts_with("x_")) {
      EXPECT_TRUE(name[2] >= 'A' && name[2] <= 'Z') << name;
    }
  }
}

TEST(Focus, everyCostIsPriceTimesQuantityAndEveryRowSumsToTheLedger) {
  std::mt19937 random{11};  // NOLINT: the same rows on every run
  FocusExport file{{}};
  std::int64_t ledger = 0;
  for (int i = 0; i < 2000; ++i) {
    auto const units = static_cast<std::int64_t>(random() % 100'000) + 1;
    Price const list{static_cast<std::int64_t>(random() % 4) * 37'500'001 + 12'500'000};
    Price const price{list.per_million - list.per_million / 10};
    auto const cost = charge_half_even(units, price)->v;
    auto const n = [](std::int64_t v) { return std::to_string(v); };
    ASSERT_TRUE(file.add(row("[[\"output\"," + n(units) + "," + n(cost) + "," + n(price.per_million) + "," +
                                 n(list.per_million) + "]]",
                             cost)));
    ledger += cost;
  }
  Int effective = 0, billed = 0;
  for (auto const& r : rows_of(file)) {
    auto const quantity = femto(r.at("PricingQuantity")) / 1'000'000'000;  // 10^-6
    EXPECT_EQ(femto(r.at("ContractedUnitPrice")) / 1'000'000 * quantity, femto(r.at("ContractedCost")));
    EXPECT_EQ(femto(r.at("ListUnitPrice")) / 1'000'000 * quantity, femto(r.at("ListCost")));
    EXPECT_EQ(femto(r.at("ConsumedQuantity")) / 1'000'000, femto(r.at("PricingQuantity")));
    effective += femto(r.at("EffectiveCost"));
    billed += femto(r.at("BilledCost"));
  }
  EXPECT_TRUE(effective == static_cast<Int>(ledger) * 1'000'000) << "row sums are the ledger's, exactly";
  EXPECT_TRUE(billed == effective);
}

TEST(Focus, nullIsAnEmptyCellWithoutQuotes) {
  auto const csv = export_of({annex()}).csv();
  EXPECT_EQ(csv.find("\"\""), std::string::npos);
  EXPECT_EQ(csv.find("null"), std::string::npos);
  auto const r = rows_of(export_of({annex()})).front();
  for (char const* name : {"ChargeClass", "InvoiceId", "SkuPriceDetails", "BillingAccountName"})
    EXPECT_EQ(r.at(name), "") << name;
}

TEST(Focus, moneyWithoutACountIsAnAdjustmentWithNullQuantities) {
  auto crashed = row("", 123);
  crashed.estimated = true;
  auto const difference = row(R"([["output",1,10,10000000,10000000],["provider_adjustment",1,-3,0,0]])", 7);
  auto const rows = rows_of(export_of({crashed, difference}));
  ASSERT_EQ(rows.size(), 3u);
  int adjustments = 0;
  for (auto const& r : rows) {
    if (r.at("ChargeCategory") != "Adjustment") continue;
    ++adjustments;
    for (char const* name :
         {"ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "ListUnitPrice",
          "ContractedUnitPrice", "SkuId", "SkuMeter", "SkuPriceId", "PricingCategory"})
      EXPECT_EQ(r.at(name), "") << name;
    bool const estimated = r.at("x_Estimated") == "true";
    EXPECT_EQ(r.at("EffectiveCost"), estimated ? "0.000000123" : "-0.000000003");
  }
  EXPECT_EQ(adjustments, 2);
  EXPECT_TRUE(rows_of(export_of({row("", 0)})).empty()) << "what cost nothing is no charge (FIN-9)";
}

TEST(Focus, namesThatASpreadsheetWouldRunAreDisarmedAndNumbersAreNot) {
  FocusOptions options;
  options.names = [](store::LedgerRow const&) {
    FocusNames n;
    n.org = "=cmd|' /C calc'!A0";
    n.key_name = "@SUM(1,2)";
    n.tags_json = R"({"cost-center":"+41 \"quoted\""})";
    return n;
  };
  auto const rows = rows_of(export_of({annex(), row(R"([["provider_adjustment",1,-3,0,0]])", -3)}, options));
  for (auto const& r : rows) {
    EXPECT_EQ(r.at("BillingAccountName"), "'=cmd|' /C calc'!A0");
    EXPECT_EQ(r.at("SubAccountName"), "'@SUM(1,2)");
    EXPECT_EQ(r.at("Tags"), R"({"cost-center":"+41 \"quoted\""})");
  }
  EXPECT_EQ(rows.front().at("BilledCost").front(), '-') << "the adjustment: no apostrophe";
  for (std::string const first : {"=", "+", "-", "@", "\t", "\r"}) {
    options.names = [&](store::LedgerRow const&) {
      FocusNames n;
      n.org = first + "1";
      return n;
    };
    EXPECT_EQ(rows_of(export_of({annex()}, options)).front().at("BillingAccountName").front(), '\'');
  }
}

TEST(Focus, timesAreUtcSecondsAndPeriodsFollowTheZone) {
  FocusOptions options;
  options.zone = TimeZone::load("Europe/Berlin").value();
  auto late = annex();
  late.time_ms = parse_rfc3339("2026-10-31T23:30:00Z")->ms();  // 00:30 on 1 November in Berlin
  auto const r = rows_of(export_of({late}, options)).front();
  EXPECT_EQ(r.at("ChargePeriodStart"), "2026-10-31T23:00:00Z");
  EXPECT_EQ(r.at("ChargePeriodEnd"), "2026-11-01T00:00:00Z");
  EXPECT_EQ(r.at("BillingPeriodStart"), "2026-10-31T23:00:00Z");
  EXPECT_EQ(r.at("BillingPeriodEnd"), "2026-11-30T23:00:00Z");
}

TEST(Focus, markUpIsInBilledCostOnly) {
  auto marked = annex();
  marked.markup_micro = 50'000;
  auto const r = rows_of(export_of({marked})).front();
  for (auto const* column : {"ListCost", "ContractedCost", "EffectiveCost"})
    EXPECT_EQ(r.at(column), "0.00125") << column;
  EXPECT_EQ(r.at("BilledCost"), "0.0013125");
  EXPECT_EQ(r.at("x_MarkupPercent"), "5");
}

TEST(Focus, aDiscountIsBetweenListAndContractedCost) {
  // 234 tokens at 2.50 list, 2.1875 contracted: 511'875 nano-dollars.
  auto const r =
      rows_of(export_of({row(R"([["input",234,511875,2187500000,2500000000]])", 511'875)})).front();
  EXPECT_EQ(r.at("ListUnitPrice"), "2.5");
  EXPECT_EQ(r.at("ContractedUnitPrice"), "2.1875");
  EXPECT_EQ(r.at("ListCost"), "0.000585");
  for (auto const* column : {"ContractedCost", "EffectiveCost", "BilledCost"})
    EXPECT_EQ(r.at(column), "0.000511875") << column;
}

TEST(Focus, whatHasNoPriceIsCountedAndSaysSo) {
  auto unpriced = row(R"([["input",234,0,0,0]])", 0);
  unpriced.priced = false;
  auto const r = rows_of(export_of({unpriced})).front();
  EXPECT_EQ(r.at("x_Unpriced"), "true");
  EXPECT_EQ(r.at("ConsumedQuantity"), "234");
  EXPECT_EQ(r.at("ListUnitPrice"), "") << "null: a price of 0 would be a claim";
  EXPECT_EQ(r.at("ListCost"), "0") << "mandatory";
}

TEST(Focus, damagedPartsAreAnErrorAndNotASmallerBill) {
  FocusExport file{{}};
  for (char const* parts : {"[", "{}", R"([["input",1]])", R"([["input",1.5,1,1,1]])", R"([[1,1,1,1,1]])"})
    EXPECT_FALSE(file.add(row(parts, 5))) << parts;
}

TEST(Decimal, isExactBeyondDoubles) {
  EXPECT_EQ(Decimal::product((std::int64_t{1} << 53) + 1, Price{1}).text(), "9.007199254740993");
  EXPECT_EQ(Decimal::product(1, Price{37'500'000}).text(), "0.0000000375");
  EXPECT_EQ(Decimal::of(Nano{-3}).text(), "-0.000000003");
  EXPECT_EQ(Decimal{}.text(), "0");
  EXPECT_EQ(millionths(0), "0");
  EXPECT_EQ(millionths(1'000'000), "1");
  EXPECT_EQ(millionths(1'500'001), "1.500001");
}

}  // namespace
}  // namespace tsg::usage
