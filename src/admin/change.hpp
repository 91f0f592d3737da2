// Every change of the control plane: documents and their audit records, one transaction.
#pragma once
#include <string>
#include <vector>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

struct Note {  // what the audit record says of the change; before and after never hold a secret
  Note() = default;
  Note(std::string k, std::string b, std::string a)
      : kind{std::move(k)}, before{std::move(b)}, after{std::move(a)} {}
  std::string kind;  // "key.revoke"
  std::string before, after;
  std::string org, team, key_id;
  std::string detail;
};

// `document.version` is the version that must be there now (0 = none).
struct Edit {
  Edit() = default;
  Edit(Note n, store::Document d) : note{std::move(n)}, document{std::move(d)} {}
  Note note;
  store::Document document;
};

// Answers the new versions, in order; a change made by somebody else in between is Errc::conflict and
// nothing is written.
Task<std::vector<std::int64_t>> commit(State& state, Call& call, std::vector<Edit> edits);
Task<std::int64_t> commit(State& state, Call& call, Note note, store::Document document);
// What somebody did that changes no document.
Task<> record_event(State& state, Call& call, Note note);

}  // namespace tsg::admin
