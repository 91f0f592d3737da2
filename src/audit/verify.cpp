// Recomputes the log from its bytes. Trusts nothing but SHA-256, Ed25519 and, if given, the checkpoint.
#include "tsg/audit/verify.hpp"

#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tsg/audit/chain.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::audit {
namespace {

struct CloseDb {
  void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
  void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
};

VerifyReport tampered(std::int64_t records, std::string message) {
  return {1, "tampered: " + message, records};
}

std::optional<std::string> read_file(std::filesystem::path const& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

// What the walk over the log must agree with: the signed head, and a checkpoint kept elsewhere.
struct Expected {
  std::string what;  // "audit.head"
  SignedHead head;
  bool seen = false;
};

struct Walk {
  ChainHead head;
  std::string genesis_key;  // hex
  std::string problem;      // "" = fine so far
};

// Typed, with a fallback: who forged a record may have put anything where a string should be.
std::string text_of(nlohmann::json const& object, char const* name) {
  if (!object.is_object()) return {};
  auto const it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}
std::int64_t number_of(nlohmann::json const& object, char const* name) {
  auto const it = object.find(name);
  return it != object.end() && it->is_number_integer() ? it->get<std::int64_t>() : -1;
}

// One record: contiguous, linked, unchanged, well-formed.
bool check(Walk& w, std::int64_t seq, std::string_view bytes, std::string_view hash) {
  auto const bad = [&](std::string why) {
    w.problem = "record " + std::to_string(w.head.size) + ": " + why;
    return false;
  };
  if (seq != w.head.size)
    return bad("missing (the next record in the database is " + std::to_string(seq) + ")");
  if (hash.size() != 32) return bad("its hash is not 32 bytes");
  Digest const chain = next_chain(w.head.chain, bytes);
  if (!std::equal(chain.begin(), chain.end(), hash.begin(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }))
    return bad("its bytes do not give its hash, or it does not follow the record before");
  auto const json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object()) return bad("it is not a JSON object");
  std::string prev;
  append_hex(prev, w.head.chain);
  if (text_of(json, "prev") != prev) return bad("'prev' is not the hash of the record before");
  if (number_of(json, "seq") != seq) return bad("'seq' in its bytes is not its number");
  auto const epoch = number_of(json, "epoch");
  auto const kind = text_of(json, "kind");
  if (seq == 0) {
    if (kind != "log.genesis") return bad("the log does not begin with log.genesis");
    if (auto const after = json.find("after"); after != json.end())
      w.genesis_key = text_of(*after, "public_key");
  } else if (epoch != w.head.epoch && !(kind == "log.epoch" && epoch > w.head.epoch)) {
    return bad("the epoch changes without a log.epoch record");
  }
  w.head.epoch = epoch;
  w.head.chain = chain;
  ++w.head.size;
  return true;
}

}  // namespace

VerifyReport verify(std::filesystem::path const& data_dir,
                    std::optional<std::filesystem::path> const& checkpoint) {
  auto const file = data_dir / "tsg.db";
  std::error_code ec;
  if (!std::filesystem::is_regular_file(file, ec)) return {3, "no database at " + file.string(), 0};

  std::vector<Expected> expected;
  std::optional<SignedHead> outside;
  if (checkpoint) {
    auto const text = read_file(*checkpoint);
    if (!text) return {2, "the checkpoint " + checkpoint->string() + " cannot be read", 0};
    auto parsed = parse_head(*text);
    if (!parsed) return {2, "the checkpoint cannot be checked: " + std::string{parsed.error().message()}, 0};
    outside = *parsed;
  }
  // The head is read before the log: a running gateway appends meanwhile, and more than the head is fine.
  auto const head_text = read_file(data_dir / "audit.head");
  if (!head_text) return tampered(0, "audit.head is missing");
  auto head = parse_head(*head_text);
  if (!head) return tampered(0, "audit.head is " + std::string{head.error().message()});
  expected.push_back({"audit.head", *head, false});
  if (outside) expected.push_back({"the checkpoint", *outside, false});

  sqlite3* raw = nullptr;
  int rc = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  std::unique_ptr<sqlite3, CloseDb> const db{raw};
  sqlite3_busy_timeout(raw, 10'000);
  sqlite3_stmt* prepared = nullptr;
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(raw, "SELECT seq, bytes, hash FROM audit_record ORDER BY seq", -1, &prepared,
                            nullptr);
  std::unique_ptr<sqlite3_stmt, CloseDb> const rows{prepared};
  if (rc != SQLITE_OK) return tampered(0, std::string{"the database cannot be read: "} + sqlite3_errmsg(raw));

  Walk w;
  auto const meets = [&] {
    for (auto& e : expected) {
      if (e.head.head.size != w.head.size) continue;
      // Of another log: says nothing about this one, and is reported at the end.
      if (e.what != "audit.head" && to_hex(e.head.key) != w.genesis_key) continue;
      e.seen = true;
      if (e.head.head.chain != w.head.chain) {
        w.problem =
            "record " + std::to_string(w.head.size - 1) + ": the log up to here differs from " + e.what;
        return false;
      }
    }
    return true;
  };
  if (!meets()) return tampered(0, w.problem);
  while ((rc = sqlite3_step(rows.get())) == SQLITE_ROW) {
    auto const text = [&](int column) {
      return std::string_view{static_cast<char const*>(sqlite3_column_blob(rows.get(), column)),
                              static_cast<std::size_t>(sqlite3_column_bytes(rows.get(), column))};
    };
    bool const typed = sqlite3_column_type(rows.get(), 1) == SQLITE_TEXT &&
                       sqlite3_column_type(rows.get(), 2) == SQLITE_BLOB;
    if (!typed)
      return tampered(w.head.size, "record " + std::to_string(w.head.size) + ": a column has another type");
    if (!check(w, sqlite3_column_int64(rows.get(), 0), text(1), text(2)) || !meets())
      return tampered(w.head.size, w.problem);
  }
  if (rc != SQLITE_DONE)
    return tampered(w.head.size,
                    "record " + std::to_string(w.head.size) + " cannot be read: " + sqlite3_errmsg(raw));
  if (w.head.size == 0) return tampered(0, "record 0: the log is empty");
  for (auto const& e : expected) {
    std::string key;
    append_hex(key, e.head.key);
    if (key != w.genesis_key) {
      if (e.what != "audit.head")
        return {2, "the checkpoint cannot be checked: it is signed with another log's key", w.head.size};
      return tampered(w.head.size, "audit.head is signed with another key than record 0 names");
    }
    if (!e.seen)
      return tampered(w.head.size, "record " + std::to_string(w.head.size) + ": missing; " + e.what +
                                       " covers " + std::to_string(e.head.head.size) +
                                       " records, the log has " + std::to_string(w.head.size));
  }
  return {0, "consistent: " + std::to_string(w.head.size) + " records, head " + to_hex(w.head.chain),
          w.head.size};
}

}  // namespace tsg::audit
