#include "admin/change.hpp"

#include "tsg/audit/record.hpp"
#include "tsg/pipeline/client_network.hpp"

namespace tsg::admin {
namespace {

std::string fields_of(Call& call, Note note) {
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
  record.detail = std::move(note.detail);
  std::string fields;
  audit::append_fields(fields, record);
  return fields;
}

}  // namespace

Task<std::vector<std::int64_t>> commit(State& state, Call& call, std::vector<Edit> edits) {
  store::Change change;
  for (auto& edit : edits) {
    edit.document.changed_at = call.now;
    change.writes.push_back(std::move(edit.document));
    change.records.push_back(fields_of(call, std::move(edit.note)));
  }
  co_return co_await state.store().change(std::move(change));
}

Task<std::int64_t> commit(State& state, Call& call, Note note, store::Document document) {
  std::vector<Edit> one;
  one.emplace_back(std::move(note), std::move(document));
  auto versions = co_await commit(state, call, std::move(one));
  if (!versions) co_return versions.error();
  co_return versions->front();
}

Task<> record_event(State& state, Call& call, Note note) {
  return state.store().append(fields_of(call, std::move(note)));
}

}  // namespace tsg::admin
