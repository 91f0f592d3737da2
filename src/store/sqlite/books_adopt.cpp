// What a start puts on record of the rows it finds: those from before rows were sealed, and documents that
// somebody has edited.
#include "store/seals.hpp"
#include "store/sqlite/books.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::store {
namespace {

constexpr std::size_t kSealsARecord = 500;

std::string adopt_fields(WallTime now, std::string after) {
  audit::Record r;
  r.kind = "log.adopt";
  r.time = now;
  r.after_json = std::move(after);
  r.detail = "made before rows were sealed: taken over as found";
  std::string fields;
  audit::append_fields(fields, r);
  return fields;
}

}  // namespace

void Books::adopt(WallTime now) {
  if (db_.integer("SELECT count(*) FROM meta WHERE name='rows_sealed'") != 0) return;
  std::vector<std::string> seals;
  auto const flush = [&] {
    if (!seals.empty()) append(adopt_fields(now, ""), documents_member(seals));
    seals.clear();
  };
  Statement versions{
      db_, "SELECT kind,id,version,deleted,json,changed_ms FROM document_version ORDER BY kind,id,version"};
  while (versions.step()) {
    Document d;
    d.kind = versions.text(0);
    d.id = versions.text(1);
    d.deleted = versions.integer(3) != 0;
    d.json = versions.text(4);
    d.changed_at = WallTime{versions.integer(5) * 1'000'000};
    seals.push_back(document_seal(d, versions.integer(2)));
    if (seals.size() == kSealsARecord) flush();
  }
  flush();
  std::string all;
  std::int64_t count = 0, last = 0;
  Statement rows{db_, (std::string{kLedgerRows} + " WHERE state<>0 ORDER BY id").c_str()};
  while (rows.step()) {
    auto const row = closed_row(rows);
    all = text_seal(all + to_hex(ledger_seal(row)));
    last = row.id;
    ++count;
  }
  if (count > 0)
    append(adopt_fields(now, "{\"ledger\":{\"rows\":" + std::to_string(count) +
                                 ",\"to_id\":" + std::to_string(last) + ",\"sha256\":\"" + all + "\"}}"));
  db_.exec("INSERT INTO meta(name,value) VALUES('rows_sealed',1)");
}

std::int64_t Books::tell_differing(WallTime now) {
  struct Differing {
    std::string kind, id;
    std::int64_t version;
  };
  std::vector<Differing> all;
  Statement rows{
      db_,
      "SELECT n.kind,n.id,n.version FROM (SELECT kind,id,max(version) AS version FROM document_version "
      "GROUP BY kind,id) n JOIN document_version v USING(kind,id,version) LEFT JOIN document d "
      "USING(kind,id) WHERE d.version IS NOT v.version OR d.deleted IS NOT v.deleted OR d.json IS NOT "
      "v.json OR d.changed_ms IS NOT v.changed_ms "
      "UNION ALL SELECT d.kind,d.id,d.version FROM document d WHERE NOT EXISTS (SELECT 1 FROM "
      "document_version v WHERE v.kind=d.kind AND v.id=d.id)"};
  while (rows.step()) all.push_back({std::string{rows.text(0)}, std::string{rows.text(1)}, rows.integer(2)});
  for (auto const& d : all) {
    audit::Record r;
    r.kind = "document.differs";
    r.time = now;
    json::Writer w{r.after_json};
    w.begin_object().key("kind").string(d.kind).key("id").string(d.id);
    w.key("version").integer(d.version).end_object();
    r.detail = "the document was edited in the database: it is not its newest version";
    std::string fields;
    audit::append_fields(fields, r);
    append(fields);
  }
  return static_cast<std::int64_t>(all.size());
}

}  // namespace tsg::store
