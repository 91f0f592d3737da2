#include "admin/resources/providers.hpp"

#include <algorithm>

#include "admin/lists.hpp"

namespace tsg::admin {

using ordered = nlohmann::ordered_json;

Task<Reply> list_providers(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const runtime = state.services().runtime.load();
  std::vector<std::string> items;
  for (auto const& p : runtime->config.providers) {
    ordered out;
    out["id"] = p.id;
    out["dialect"] = std::string{config::to_string(p.dialect)};
    out["host"] = p.base_url.authority();
    out["credentials"] = ordered::array();
    auto const usable = runtime->credentials.find(p.id);
    for (auto const& c : p.credentials) {
      bool const read = usable != runtime->credentials.end() &&
                        std::any_of(usable->second.begin(), usable->second.end(),
                                    [&](auto const& u) { return u.name == c.name; });
      out["credentials"].push_back({{"name", c.name}, {"weight", c.weight}, {"usable", read}});
    }
    items.push_back(out.dump());
  }
  co_return Reply{200, list_json(items, "")};
}

}  // namespace tsg::admin
