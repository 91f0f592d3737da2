// What one stored document was: the part of `…/versions` and `…/versions/{version}` that all kinds share. How
// a version looks is the caller's.
#pragma once
#include "admin/input.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

struct VersionPage {
  VersionPage() = default;
  std::vector<store::Document> rows;  // newest first; deletions too
  std::string next;                   // cursor; "" = no further page
};

// `none` is the answer where nothing was ever stored.
Task<VersionPage> version_page(State& state, std::string kind, std::string id, Page page, Error none);
// `number` as the path gives it; `none` where there is no such version.
Task<store::Document> one_version(State& state, std::string kind, std::string id, std::string number,
                                  Error none);

// Adds to a version's JSON, which has `version`, `changed_at`, `hash` and `document`, what a deletion says.
void mark_deleted(nlohmann::ordered_json& out, bool deleted);

}  // namespace tsg::admin
