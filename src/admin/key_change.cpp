#include "admin/key_change.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/document_change.hpp"
#include "admin/key_json.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using nlohmann::ordered_json;

governance::Scope own_scope(std::string const& key_id) {
  return governance::Scope{governance::Level::key, key_id, ""};
}

std::string monthly_usd_in(std::string const& budget) {
  return budget.empty() ? std::string{} : json::own_ordered(budget)["monthly_usd"].get<std::string>();
}

// What else the document says (alerts, top-ups) stays. "" takes it away.
std::string with_monthly_usd(std::string const& budget, std::string const& monthly_usd) {
  if (monthly_usd.empty()) return {};
  auto out = budget.empty() ? ordered_json::object() : json::own_ordered(budget);
  out["monthly_usd"] = monthly_usd;
  return json::to_text(out);
}

}  // namespace

std::shared_ptr<keys::Key const> find_key(State const& state, Call const& call) {
  auto key = state.settings.directory.find_id(call.params[0]);
  return key && call.who.sees(key->org) ? key : nullptr;
}

Error no_key(std::string_view id) {
  return Error{Errc::not_found, "The key '" + std::string{id.substr(0, 100)} + "' does not exist."};
}

void put_key_limits(State& state, keys::Key const& key) {
  if (key.limits_json.empty()) return state.builder.put_key_limit(key.id, key.version, nullptr);
  auto const limit = governance::parse_limit(key.limits_json);
  if (limit) state.builder.put_key_limit(key.id, key.version, &*limit);
}

std::string monthly_usd_of(State const& state, std::string const& key_id) {
  auto const* budget = find_document(state, DocumentKind::budget, own_scope(key_id));
  return budget ? monthly_usd_in(budget->json) : std::string{};
}

Task<std::shared_ptr<keys::Key const>> change_key(State& state, Call& call, std::string kind,
                                                  std::shared_ptr<keys::Key const> before, keys::Key after,
                                                  std::optional<std::string> monthly_usd) {
  auto const at = own_scope(after.id);
  auto const* old = find_document(state, DocumentKind::budget, at);
  std::string const had = old ? old->json : std::string{};
  std::string has = monthly_usd ? with_monthly_usd(had, *monthly_usd) : had;
  bool const key_changes = !before || keys::to_document(*before) != keys::to_document(after);
  std::vector<Edit> edits;
  if (key_changes) {
    Edit edit;
    edit.document.kind = "key";
    edit.document.id = after.id;
    edit.document.version = before ? before->version : 0;
    edit.document.json = keys::to_document(after);
    edit.note.kind = std::move(kind);
    if (before)
      edit.note.before = json::to_text(key_json(*before, state.world, monthly_usd_in(had), call.now));
    edit.note.after = json::to_text(key_json(after, state.world, monthly_usd_in(has), call.now));
    edit.note.org = after.org;
    edit.note.team = after.team;
    edit.note.key_id = after.id;
    edits.push_back(std::move(edit));
  }
  if (has != had) edits.push_back(document_edit(state, DocumentKind::budget, at, has, after.org));
  if (edits.empty()) co_return before;
  auto versions = co_await commit(state, call, std::move(edits));
  if (!versions) co_return versions.error();
  if (has != had) adopt_document(state, DocumentKind::budget, at, std::move(has), versions->back(), call.now);
  if (key_changes) {
    after.version = versions->front();
    auto published = std::make_shared<keys::Key const>(std::move(after));
    state.settings.directory.put(published);
    auto const listed = std::find(state.keys.rbegin(), state.keys.rend(), before);
    if (listed != state.keys.rend())
      *listed = published;
    else
      state.keys.push_back(published);
    put_key_limits(state, *published);
    before = std::move(published);
  }
  state.publish();
  co_return before;
}

}  // namespace tsg::admin
