// What one request, change or event leaves behind (contract §4, design decision 8). Values only: no
// prompt text, no key, no personal data. src/audit/FORMAT.md is the page of the bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/core/money.hpp"

namespace tsg::audit {

struct Attempt {
  Attempt() = default;
  std::string target;      // instance/model
  std::string credential;  // its name, never its key
  std::string stage;       // how far it came: dial, write, head, body, done
  std::string outcome;     // ok, or an Errc name
  int status = 0;          // provider's, 0 = none
  std::int64_t ms = 0;
  std::optional<Nano> cost;  // of an attempt that failed and may have been billed: an estimate
};

struct Candidate {
  Candidate() = default;
  Candidate(std::string t, std::string r) : target{std::move(t)}, reason{std::move(r)} {}
  std::string target, reason;  // reason: "chosen", or why it was passed over
};

struct CostPart {
  CostPart() = default;
  CostPart(std::string m, std::int64_t u, Nano c) : meter{std::move(m)}, units{u}, cost{c} {}
  std::string meter;  // input, cached_input, output, …
  std::int64_t units = 0;
  Nano cost;
  Price price, list_price;  // per million units: charged, and before discounts; for the ledger, not written
};

struct MatchedRule {  // a rule of a policy that had an effect
  MatchedRule() = default;
  MatchedRule(std::string s, std::string r, std::string e)
      : source{std::move(s)}, rule{std::move(r)}, effect{std::move(e)} {}
  std::string source, rule, effect;  // "policy team/acme.core v3", "max_tokens", "clamp 4096"
};

struct LimitState {  // the tightest limits as the request found them
  LimitState() = default;
  LimitState(std::string s, std::int64_t l, std::int64_t r) : source{std::move(s)}, limit{l}, remaining{r} {}
  std::string source;  // "limit org/acme v1 requests_per_minute"
  std::int64_t limit = 0, remaining = 0;
};

// Empty or absent fields are not written.
struct Record {
  std::string kind = "request";  // request, key.create, key.revoke, unauthorized.count, log.genesis, …
  WallTime time;
  std::optional<RequestId> request_id;
  std::string original_request_id, correlation_id, trace_id;
  std::string org, team, environment, key_id, actor;
  std::string client_net;  // /24 or /48, never the address (AUD-33)
  std::string path;        // route path template
  std::string route, model_requested, model_served, provider, credential;
  std::string verdict;  // allow, deny, replay, error
  std::string rule;
  std::vector<MatchedRule> matched;
  std::vector<LimitState> limits;
  int status = 0;    // what the client got; 499 = client gone first
  std::string code;  // Errc name; "" = none
  bool stream = false;
  std::optional<bool> complete;  // did the answer reach its end
  std::vector<Attempt> attempts;
  std::vector<Candidate> candidates;
  std::string routing_json;  // of a route: the decision with all it was made from, as JSON
  std::vector<std::string> dropped_parameters;
  std::vector<CostPart> usage;  // units by meter (cost_parts is written from the same)
  std::optional<Nano> cost;     // absent: unpriced or nothing billed
  bool estimated = false, replayed = false;
  // microseconds
  std::int64_t latency_total_us = -1, latency_first_byte_us = -1, latency_upstream_us = -1;
  std::string policy_version, price_version, catalog_version;
  // "hmac-sha256-org:…", keyed for organisation and request: the body as it came, the body as it left, and a
  // name of a model that is none we know. "" = none.
  std::string commitment_request, commitment_response, commitment_model;
  std::int64_t count = 0;               // for counted records
  std::string before_json, after_json;  // changes; already redacted
  std::string detail;                   // of log.* records
};

// The record's own members as JSON, without seq, prev and hash: `"kind":"request","time":…`. Built by the
// worker; the writer adds the rest around it (chain.hpp). Deterministic; integers and strings only.
void append_fields(std::string& out, Record const& record);

}  // namespace tsg::audit
