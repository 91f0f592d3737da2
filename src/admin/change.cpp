#include "admin/change.hpp"

#include "tsg/audit/record.hpp"
#include "tsg/pipeline/handler.hpp"

namespace tsg::admin {

Task<std::int64_t> commit(State& state, Call& call, Note note, store::Document document) {
  audit::Record record;
  record.kind = std::move(note.kind);
  record.time = call.now;
  record.request_id = call.id;
  record.actor = call.who.actor;
  record.client_net = pipeline::client_network(call.http, {});
  record.org = std::move(note.org);
  record.team = std::move(note.team);
  record.key_id = std::move(note.key_id);
  record.verdict = "allow";
  record.before_json = std::move(note.before);
  record.after_json = std::move(note.after);
  std::string fields;
  audit::append_fields(fields, record);
  document.changed_at = call.now;
  store::Change change;
  change.writes.push_back(std::move(document));
  change.records.push_back(std::move(fields));
  auto versions = co_await state.store().change(std::move(change));
  if (!versions) co_return versions.error();
  co_return versions->front();
}

}  // namespace tsg::admin
