#include "core.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tsg::sim {
namespace {

/// Names in lower case; values of repeated headers are joined by ", ".
Json headers_json(std::string_view lines) {
  Json out = Json::object();
  while (!lines.empty()) {
    auto const end = lines.find('\n');
    auto const line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string const value(line.substr(colon + 1));
    out[name] = out.contains(name) ? out[name].get<std::string>() + ", " + value : value;
  }
  return out;
}

std::size_t query_number(std::string_view target, std::string_view name, std::size_t fallback) {
  auto const at = target.find(name);
  if (at == std::string_view::npos) return fallback;
  auto const digits = target.substr(at + name.size());
  std::size_t value = 0;
  auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return ec == std::errc{} ? value : fallback;
}

std::string stats_json(Core const& core) {
  auto const& s = core.stats;
  auto const us = s.last_abort_delay_us.load();
  Json out{{"connections_open", s.connections_open.load()},
           {"connections_total", s.connections_total.load()},
           {"answers_open", s.answers_open.load()},
           {"requests", s.requests.load()},
           {"calls", core.ledger.calls()},
           {"aborted", s.aborted.load()},
           {"last_abort_delay_ms", us < 0 ? Json(nullptr) : Json(static_cast<double>(us) / 1000.0)},
           {"last_abort_unix_us", s.last_abort_unix_us.load()}};
  return dump(out);
}

std::string faults_json() {
  Json out = Json::array();
  for (auto const& fault : fault_names()) out.push_back({{"name", fault.name}, {"meaning", fault.meaning}});
  return dump(Json{{"faults", out}});
}

}  // namespace

void RequestLog::add(std::string_view method, std::string_view target, std::string_view head_lines,
                     std::string_view body) {
  std::scoped_lock const lock(mutex_);
  Entry entry;
  if (entries_.size() >= kEntriesMax) {  // reuse the oldest one's memory
    entry = std::move(entries_.front());
    entries_.pop_front();
  }
  entry.n = ++count_;
  entry.method = method;
  entry.target = target;
  entry.head = head_lines;
  entry.body = body.substr(0, kBodyMax);
  entry.body_bytes = body.size();
  entries_.push_back(std::move(entry));
}

std::string RequestLog::to_json(std::size_t last) const {
  std::scoped_lock const lock(mutex_);
  Json out = Json::array();
  auto const skip = entries_.size() > last ? entries_.size() - last : 0;
  for (std::size_t i = skip; i < entries_.size(); ++i) {
    auto const& e = entries_[i];
    out.push_back({{"n", e.n},
                   {"method", e.method},
                   {"path", e.target},
                   {"headers", headers_json(e.head)},
                   {"body", e.body},
                   {"body_bytes", e.body_bytes}});
  }
  return dump(Json{{"requests", out}});
}

void RequestLog::clear() {
  std::scoped_lock const lock(mutex_);
  entries_.clear();
}

std::uint64_t FaultMemory::next(std::string const& key) {
  std::scoped_lock const lock(mutex_);
  if (counts_.size() >= kKeysMax) counts_.clear();
  return counts_[key]++;
}

void FaultMemory::clear() {
  std::scoped_lock const lock(mutex_);
  counts_.clear();
}

std::shared_ptr<Prepared const> turn_of(Core& core, std::shared_ptr<Prepared const> prepared) {
  if (!prepared->failure) return prepared;
  auto const count = core.memory.next(prepared->fault_key);
  bool const bad = prepared->remembers == FaultKind::flap ? count % 2 == 0 : count == 0;
  return bad ? prepared->failure : prepared;
}

ControlAnswer control(Core& core, std::string_view method, std::string_view target) {
  auto const path = target.substr(0, target.find('?'));
  if (path == "/_sim/ledger" && method == "DELETE") {
    core.ledger.reset();
    core.memory.clear();
    core.log.clear();
    return {200, "{\"reset\":true}"};
  }
  if (method != "GET") return {405, "{\"error\":\"method not allowed\"}"};
  if (path == "/_sim/ledger") return {200, core.ledger.to_json()};
  if (path == "/_sim/stats") return {200, stats_json(core)};
  if (path == "/_sim/requests") return {200, core.log.to_json(query_number(target, "last=", 10))};
  if (path == "/_sim/faults") return {200, faults_json()};
  return {404, "{\"error\":\"not found; there are ledger, requests, stats, faults\"}"};
}

}  // namespace tsg::sim
