#include "store/audit_match.hpp"

#include <nlohmann/json.hpp>

namespace tsg::store {

std::int64_t record_ms(std::string_view bytes) {
  auto const at = bytes.find("\"time\":\"");
  if (at == std::string_view::npos || at + 32 > bytes.size()) return 0;
  auto const t = parse_rfc3339(bytes.substr(at + 8, 24));
  return t ? t->ms() : 0;
}

bool matches(AuditQuery const& q, std::string_view bytes) {
  if (q.from && record_ms(bytes) < q.from->ms()) return false;
  if (q.to && record_ms(bytes) >= q.to->ms()) return false;
  if (q.request_id && bytes.find("\"request_id\":\"" + q.request_id->text() + "\"") == std::string_view::npos)
    return false;
  if (q.equals.empty()) return true;
  // The cheap look first; the parse decides.
  for (auto const& [name, value] : q.equals)
    if (bytes.find("\"" + name + "\":") == std::string_view::npos) return false;
  auto const json = nlohmann::json::parse(bytes, nullptr, false);
  for (auto const& [name, value] : q.equals) {
    auto const it = json.find(name);
    if (it == json.end()) return false;
    if ((it->is_string() ? it->get<std::string>() : it->dump()) != value) return false;
  }
  return true;
}

}  // namespace tsg::store
