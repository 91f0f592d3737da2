#include "store/audit_match.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/core/clock.hpp"
#include "tsg/json/value.hpp"

namespace tsg::store {
namespace {

// What a record's writer puts between quotes as it is.
bool stands_for_itself(std::string_view value) noexcept {
  return std::ranges::all_of(value, [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

bool holds(std::string_view bytes, std::string_view needle) noexcept {
  return bytes.find(needle) != std::string_view::npos;
}

}  // namespace

std::int64_t record_ms(std::string_view bytes) {
  auto const at = bytes.find("\"time\":\"");
  if (at == std::string_view::npos || at + 32 > bytes.size()) return 0;
  auto const t = parse_rfc3339(bytes.substr(at + 8, 24));
  return t ? t->ms() : 0;
}

AuditMatch::AuditMatch(AuditQuery const& q) {
  if (q.from) from_ms_ = q.from->ms();
  if (q.to) to_ms_ = q.to->ms();
  if (q.request_id) request_id_ = "\"request_id\":\"" + q.request_id->text() + "\"";
  for (auto const& [name, value] : q.equals) {
    auto const label = "\"" + name + "\":";
    bool const plain = stands_for_itself(value);
    members_.push_back({name, value, plain ? label + "\"" + value + "\"" : label, label + value});
  }
}

bool AuditMatch::operator()(std::string_view bytes) const {
  if (!request_id_.empty() && !holds(bytes, request_id_)) return false;
  for (auto const& m : members_)
    if (!holds(bytes, m.as_text) && !holds(bytes, m.as_number)) return false;
  if (from_ms_ || to_ms_) {
    auto const ms = record_ms(bytes);
    if ((from_ms_ && ms < *from_ms_) || (to_ms_ && ms >= *to_ms_)) return false;
  }
  if (members_.empty()) return true;
  auto const record = json::parse_value(bytes);
  return std::ranges::all_of(members_, [&](Member const& m) {
    auto const it = record.find(m.name);
    return it != record.end() && (it->is_string() ? it->get<std::string>() : json::to_text(*it)) == m.value;
  });
}

AuditLook::AuditLook(AuditQuery const& q, std::int64_t oldest)
    : match_{q}, limit_{q.limit}, look_at_{std::max<std::size_t>(q.look_at, 1)}, oldest_{oldest} {
  if (q.within) until_ = Steady::now() + *q.within;
}

bool AuditLook::wants_more() const noexcept {
  if (looked_ == 0) return limit_ > 0;
  return found_ < limit_ && looked_ < look_at_ && (!until_ || Steady::now() < *until_);
}

bool AuditLook::take(std::int64_t seq, std::string_view bytes) {
  ++looked_;
  last_seq_ = seq;
  last_ms_ = record_ms(bytes);
  bool const matches = match_(bytes);
  found_ += matches;
  return matches;
}

void AuditLook::end(AuditPage& page, bool whole) const noexcept {
  if (looked_ > 0) page.scanned_to = WallTime{last_ms_ * 1'000'000};
  if (!whole && looked_ > 0 && last_seq_ > oldest_) page.next_before = last_seq_;
}

}  // namespace tsg::store
