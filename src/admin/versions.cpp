#include "admin/versions.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace tsg::admin {
namespace {

std::optional<std::int64_t> version_from(std::string const& text) {
  std::int64_t out = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc{} || end != text.data() + text.size() || out < 1 || out == INT64_MAX)
    return std::nullopt;
  return out;
}

}  // namespace

Task<VersionPage> version_page(State& state, std::string kind, std::string id, Page page, Error none) {
  auto const before = page.cursor.empty() ? std::optional{INT64_MAX} : version_from(page.cursor);
  if (!before) co_return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
  auto rows = co_await state.store().versions(std::move(kind), std::move(id), *before, page.limit);
  if (!rows) co_return rows.error();
  if (rows->empty() && page.cursor.empty()) co_return none;
  VersionPage out;
  bool const more = rows->size() == page.limit && rows->back().version > 1;
  if (more) out.next = std::to_string(rows->back().version);
  out.rows = std::move(*rows);
  co_return out;
}

Task<store::Document> one_version(State& state, std::string kind, std::string id, std::string number,
                                  Error none) {
  auto const version = version_from(number);
  if (!version)
    co_return Error{Errc::bad_request, "A version is a number from 1: the list of versions has them."};
  auto rows = co_await state.store().versions(std::move(kind), std::move(id), *version + 1, 1);
  if (!rows) co_return rows.error();
  if (rows->empty() || rows->front().version != *version) co_return none;
  co_return std::move(rows->front());
}

void mark_deleted(nlohmann::ordered_json& out, bool deleted) {
  out["deleted"] = deleted;
  if (deleted) out["hash"] = out["document"] = nullptr;
}

}  // namespace tsg::admin
