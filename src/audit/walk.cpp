#include "tsg/audit/walk.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"

namespace tsg::audit {
namespace {

using Json = nlohmann::json;

// Typed, with a fallback: who forged a record may have put anything where a string should be.
Json const& member(Json const& object, char const* name) {
  static Json const none;
  if (!object.is_object()) return none;
  auto const it = object.find(name);
  return it == object.end() ? none : *it;
}
std::string text_of(Json const& object, char const* name) {
  auto const& m = member(object, name);
  return m.is_string() ? m.get<std::string>() : std::string{};
}
std::int64_t number_of(Json const& object, char const* name) {
  auto const& m = member(object, name);
  return m.is_number_integer() ? m.get<std::int64_t>() : -1;
}

// The break that a log.epoch is, from what it says of itself.
Break epoch_break(std::int64_t seq, Json const& record) {
  auto const& before = member(record, "before");
  std::string text = "record " + std::to_string(seq) + " begins epoch " +
                     std::to_string(number_of(record, "epoch")) + ": " + text_of(record, "detail");
  auto const size = number_of(before, "size");
  if (size > seq)
    text += "; records " + std::to_string(seq) + " to " + std::to_string(size - 1) + " are missing";
  return {seq, "epoch " + std::to_string(seq), std::move(text)};
}

void read_documents(Json const& record, Said& said) {
  auto const& all = member(record, "documents");
  if (!all.is_array()) return;
  for (auto const& d : all) {
    auto& seal = said.documents.emplace_back();
    seal.kind = text_of(d, "kind");
    seal.id = text_of(d, "id");
    seal.sha256 = text_of(d, "sha256");
    seal.version = number_of(d, "version");
    seal.changed_ms = number_of(d, "changed_ms");
    seal.deleted = member(d, "deleted") == Json(true);
  }
}

void read_acknowledgement(Json const& record, Said& said) {
  auto const& after = member(record, "after");
  auto& ack = said.acknowledgement.emplace();
  ack.seq = number_of(after, "seq");
  ack.reason = text_of(after, "reason");
  auto const& breaks = member(after, "breaks");
  if (!breaks.is_array()) return;
  for (auto const& id : breaks)
    if (id.is_string()) ack.breaks.push_back(id.get<std::string>());
}

void read_adopted(Json const& record, Said& said) {
  auto const& ledger = member(member(record, "after"), "ledger");
  if (!ledger.is_object()) return;
  auto& adopted = said.adopted.emplace();
  adopted.rows = number_of(ledger, "rows");
  adopted.to_id = number_of(ledger, "to_id");
  adopted.sha256 = text_of(ledger, "sha256");
}

void read_alert(Json const& record, Said& said) {
  auto const& after = member(record, "after");
  auto const start = parse_rfc3339(text_of(member(after, "window"), "start"));
  auto& alert = said.alert.emplace();
  alert.scope = text_of(after, "scope");
  alert.scope_id = text_of(after, "scope_id");
  alert.environment = text_of(record, "environment");
  alert.percent = number_of(after, "percent");
  if (start) alert.window_ms = start->ms();
}

void read(Json const& record, Said& said) {
  said.kind = text_of(record, "kind");
  said.request_id = text_of(record, "request_id");
  said.key_id = text_of(record, "key_id");
  said.time = parse_rfc3339(text_of(record, "time"));
  read_documents(record, said);
  if (auto const& l = member(record, "ledger"); l.is_object()) {
    auto& seal = said.ledger.emplace();
    seal.id = number_of(l, "id");
    seal.sha256 = text_of(l, "sha256");
  }
  if (said.kind == "audit.acknowledge") read_acknowledgement(record, said);
  if (said.kind == "log.adopt") read_adopted(record, said);
  if (said.kind == "budget.alert") read_alert(record, said);
  if (said.kind == "log.genesis") said.keeps_row_state = number_of(member(record, "after"), "row_state") == 1;
  if (said.kind == "rows.differ") said.differ = text_of(record, "detail");
}

}  // namespace

bool Walk::step(std::int64_t seq, std::string_view bytes, std::string_view hash, Said& said) {
  auto const bad = [&](std::string why) {
    problem_ = "record " + std::to_string(head_.size) + ": " + why;
    return false;
  };
  if (seq != head_.size)
    return bad("missing (the next record in the database is " + std::to_string(seq) + ")");
  if (hash.size() != 32) return bad("its hash is not 32 bytes");
  Digest const chain = next_chain(head_.chain, bytes);
  if (!std::equal(chain.begin(), chain.end(), hash.begin(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }))
    return bad("its bytes do not give its hash, or it does not follow the record before");
  auto const json = json::parse_value(bytes);
  if (!json.is_object()) return bad("it is not a JSON object");
  std::string prev;
  append_hex(prev, head_.chain);
  if (text_of(json, "prev") != prev) return bad("'prev' is not the hash of the record before");
  if (number_of(json, "seq") != seq) return bad("'seq' in its bytes is not its number");
  auto const epoch = number_of(json, "epoch");
  auto const kind = text_of(json, "kind");
  if (seq == 0) {
    if (kind != "log.genesis") return bad("the log does not begin with log.genesis");
    genesis_key_ = text_of(member(json, "after"), "public_key");
  } else if (kind == "log.genesis") {
    return bad("a second log.genesis");
  } else if (epoch != head_.epoch && !(kind == "log.epoch" && epoch > head_.epoch)) {
    return bad("the epoch changes without a log.epoch record");
  }
  if (kind == "log.epoch") {
    breaks_.push_back(epoch_break(seq, json));
    last_epoch_ = seq;
  }
  said = {};
  read(json, said);
  head_.epoch = epoch;
  head_.chain = chain;
  ++head_.size;
  return true;
}

}  // namespace tsg::audit
