#include "admin/input.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tsg/core/bytes.hpp"
#include "tsg/core/secret_shape.hpp"
#include "tsg/json/document.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

Error wrong(std::string_view field, std::string_view rule) {
  return Error{Errc::bad_request, "'" + std::string{field} + "' " + std::string{rule} + ".",
               std::string{field}};
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      auto const byte = i + 2 < text.size() ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
      if (!byte) return std::nullopt;
      out += static_cast<char>(byte->front());
      i += 2;
    }
  }
  return out;
}

}  // namespace

Result<nlohmann::json> parse_body(std::string body, std::initializer_list<std::string_view> members,
                                  std::size_t depth_max) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos)
    return Result<nlohmann::json>{boost::system::in_place_value, nlohmann::json::object()};
  json::Limits limits;
  limits.depth_max = depth_max;
  auto checked = json::Document::parse(std::move(body), limits);
  if (!checked) return checked.error();
  for (auto const& m : checked->members()) {
    if (std::find(members.begin(), members.end(), m.key) == members.end()) {
      std::string known;
      for (auto const name : members) known += (known.empty() ? "" : ", ") + std::string{name};
      return wrong(std::string{m.key.substr(0, 100)}, "is not a member of this request; it takes: " + known);
    }
    // What is stored here stays for good, in the audit log too. A credential's key is sealed; a request is a
    // question.
    if (m.key != "key" && m.key != "request" && has_secret(checked->raw(m.value)))
      return wrong(m.key, "holds what looks like a key; it would stay readable in the audit log");
  }
  auto parsed = json::parse_value(checked->text());
  if (!parsed.is_object()) return Error{Errc::bad_request, "The body must be a JSON object."};
  return Result<nlohmann::json>{boost::system::in_place_value, std::move(parsed)};
}

Result<std::string> optional_string(nlohmann::json const& body, char const* field, std::size_t max_bytes) {
  auto const it = body.find(field);
  if (it == body.end() || it->is_null()) return std::string{};
  if (!it->is_string()) return wrong(field, "must be a string");
  auto value = it->get<std::string>();
  if (value.size() > max_bytes) return wrong(field, "is longer than " + std::to_string(max_bytes) + " bytes");
  for (char const c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return wrong(field, "must not contain control characters");
  return value;
}

Result<std::string> required_string(nlohmann::json const& body, char const* field, std::size_t max_bytes) {
  auto value = optional_string(body, field, max_bytes);
  if (value && value->empty()) return wrong(field, "is required");
  return value;
}

Result<std::optional<std::int64_t>> optional_integer(nlohmann::json const& body, char const* field,
                                                     std::int64_t min, std::int64_t max) {
  auto const it = body.find(field);
  if (it == body.end() || it->is_null()) return std::optional<std::int64_t>{};
  bool const fits = it->is_number_integer() &&
                    (!it->is_number_unsigned() || it->get<std::uint64_t>() <= INT64_MAX) &&
                    it->get<std::int64_t>() >= min && it->get<std::int64_t>() <= max;
  if (!fits)
    return wrong(field, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return std::optional{it->get<std::int64_t>()};
}

Result<std::optional<bool>> optional_flag(nlohmann::json const& body, char const* field) {
  auto const it = body.find(field);
  if (it == body.end()) return std::optional<bool>{};
  if (!it->is_boolean()) return wrong(field, "must be true or false");
  return std::optional{it->get<bool>()};
}

Result<std::vector<std::string>> string_list(nlohmann::json const& body, char const* field,
                                             std::size_t max_items, std::size_t max_bytes) {
  auto const it = body.find(field);
  if (it == body.end()) return std::vector<std::string>{};
  if (!it->is_array()) return wrong(field, "must be an array of strings");
  if (it->size() > max_items) return wrong(field, "has more than " + std::to_string(max_items) + " entries");
  std::vector<std::string> out;
  for (auto const& item : *it) {
    if (!item.is_string() || item.get_ref<std::string const&>().empty() ||
        item.get_ref<std::string const&>().size() > max_bytes)
      return wrong(
          field, "must be an array of non-empty strings of at most " + std::to_string(max_bytes) + " bytes");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<Query> parse_query(std::string_view query, std::initializer_list<std::string_view> others) {
  Query out;
  std::vector<std::string> seen;
  while (!query.empty()) {
    auto const pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    auto const eq = pair.find('=');
    auto const name = percent_decoded(pair.substr(0, eq));
    auto const value =
        percent_decoded(eq == std::string_view::npos ? std::string_view{} : pair.substr(eq + 1));
    if (!name || !value) return Error{Errc::bad_request, "The query is not percent-encoded correctly."};
    if (std::find(seen.begin(), seen.end(), *name) != seen.end())
      return wrong(*name, "is given twice");  // which one would count? (ASVS 15.3.7)
    seen.push_back(*name);
    if (*name == "limit") {
      auto const [end, ec] = std::from_chars(value->data(), value->data() + value->size(), out.page.limit);
      if (ec != std::errc{} || end != value->data() + value->size() || out.page.limit < 1 ||
          out.page.limit > 1000)
        return wrong("limit", "must be an integer from 1 to 1000");
    } else if (*name == "cursor") {
      out.page.cursor = *value;
    } else if (std::find(others.begin(), others.end(), *name) != others.end()) {
      out.filters.emplace_back(*name, *value);
    } else {
      return wrong(*name, "is not a query parameter of this resource");
    }
  }
  return out;
}

}  // namespace tsg::admin
