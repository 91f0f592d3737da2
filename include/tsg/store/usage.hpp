// What was used, as reports ask for it: sums by any grouping over any time, and the ledger's own rows.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsg/core/ids.hpp"
#include "tsg/core/money.hpp"

namespace tsg::store {

struct UsageGroup {  // which columns a report keeps; the rest is summed over
  UsageGroup() = default;
  bool day = false;  // UTC
  bool org = false, team = false, environment = false, key = false, provider = false, model = false;
};

struct UsageQuery {
  UsageQuery() = default;
  std::int64_t from_ms = 0, to_ms = 0;  // start of the request, [from, to)
  UsageGroup group;
  std::string org, team, environment, key_id, provider, model;  // exact; "" = any
  // Not done by then, from when its turn has come: Errc::overloaded, since half a sum is none.
  std::optional<std::chrono::milliseconds> within;
};

struct UsageSum {
  UsageSum() = default;
  std::int64_t requests = 0, input_tokens = 0, cached_input_tokens = 0, output_tokens = 0;
  Nano cost, estimated;  // `estimated`: the part of `cost` that no provider reported
  std::int64_t estimated_requests = 0, unpriced_requests = 0;  // unpriced: counted, and not in `cost`
  UsageSum& operator+=(UsageSum const& o) noexcept {           // saturates, tokens too
    requests += o.requests;
    input_tokens = saturated_add(input_tokens, o.input_tokens);
    cached_input_tokens = saturated_add(cached_input_tokens, o.cached_input_tokens);
    output_tokens = saturated_add(output_tokens, o.output_tokens);
    cost += o.cost;
    estimated += o.estimated;
    estimated_requests += o.estimated_requests;
    unpriced_requests += o.unpriced_requests;
    return *this;
  }
  friend bool operator==(UsageSum const&, UsageSum const&) = default;
};

struct UsageRow {  // columns that were not asked for are empty
  UsageRow() = default;
  std::int64_t day_ms = 0;
  std::string org, team, environment, key_id, provider, model;
  UsageSum sum;
  friend bool operator==(UsageRow const&, UsageRow const&) = default;
};

struct LedgerQuery {  // settled rows of a time, by id: a page, and where the next one begins
  LedgerQuery() = default;
  std::int64_t from_ms = 0, to_ms = 0;
  std::string org;  // "" = all
  std::int64_t after_id = 0;
  std::size_t limit = 5000;  // rows looked at, not rows returned: no call takes long
};

struct LedgerRow {
  LedgerRow() = default;
  std::int64_t id = 0, time_ms = 0;
  RequestId request_id;
  std::string key_id, org, team, environment, provider, model, model_requested, price_version;
  std::int64_t cost = 0;
  std::int64_t markup_micro = 0;  // charged inside on top of `cost`, in 1e-6 of it
  bool priced = true, estimated = false;
  std::string parts;  // [["meter",units,cost,price,list price],…], "" = none
};

struct LedgerPage {
  LedgerPage() = default;
  std::vector<LedgerRow> rows;
  std::int64_t next_after = 0;  // 0: this was the last page
};

}  // namespace tsg::store
