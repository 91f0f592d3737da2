// The key's document in the store. Strict both ways: an unknown or missing member means that another
// version of the program wrote it, and half an understanding of who may do what is worse than none.
#include <nlohmann/json.hpp>
#include <set>

#include "tsg/json/value.hpp"
#include "tsg/keys/directory.hpp"

namespace tsg::keys {
namespace {

using Json = nlohmann::ordered_json;
constexpr WallTime kNever{INT64_MAX};

// Times are integers: what is compared must come back to the nanosecond. Absent = never.
void put_time(Json& out, char const* name, WallTime time) {
  if (time != kNever) out[name] = time.ns;
}

Json object(std::string const& text) {
  return text.empty() ? Json::object() : json::own_ordered(text);
}

// Takes members out of one object; finish() says whether all were of the right type and none is left over.
class Members {
 public:
  explicit Members(Json const& object) : object_{object}, ok_{object.is_object()} {}

  void text(char const* name, std::string& out) {
    if (Json const* v = require(name, &Json::is_string)) out = v->get<std::string>();
  }
  void flag(char const* name, bool& out) {
    if (Json const* v = require(name, &Json::is_boolean)) out = v->get<bool>();
  }
  void integer(char const* name, std::int64_t& out) {
    Json const* v = require(name, &Json::is_number_integer);
    if (v == nullptr) return;
    if (v->is_number_unsigned() && v->get<std::uint64_t>() > INT64_MAX) return fail();
    out = v->get<std::int64_t>();
  }
  void expiry(char const* name, WallTime& out) {
    if (object_.contains(name)) integer(name, out.ns);
  }
  void object_text(char const* name, std::string& out) {
    if (Json const* v = require(name, &Json::is_object)) out = v->dump();
  }
  Json const* array(char const* name) { return require(name, &Json::is_array); }
  bool has(char const* name) const { return ok_ && object_.contains(name); }
  void fail() { ok_ = false; }
  bool finish() const { return ok_ && seen_.size() == object_.size(); }

 private:
  Json const* require(char const* name, bool (Json::*type)() const noexcept) {
    if (!ok_) return nullptr;
    auto const at = object_.find(name);
    if (at == object_.end() || !((*at).*type)()) {
      ok_ = false;
      return nullptr;
    }
    seen_.insert(name);
    return &*at;
  }

  Json const& object_;
  std::set<std::string_view> seen_;
  bool ok_;
};

bool read_secret(Json const& json, Secret& out) {
  Members in{json};
  std::string hex;
  in.text("digest", hex);
  in.expiry("expires_ns", out.expires_at);
  auto const bytes = from_hex(hex);
  if (!in.finish() || !bytes || bytes->size() != out.digest.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.digest.begin());
  return true;
}

}  // namespace

std::string to_document(Key const& key) {
  Json out;
  out["id"] = key.id;
  out["org"] = key.org;
  out["team"] = key.team;
  out["environment"] = key.environment;
  out["name"] = key.name;
  out["allowed_models"] = key.allowed_models;
  out["secrets"] = Json::array();
  for (Secret const& secret : key.secrets) {
    Json one;
    one["digest"] = to_hex(secret.digest);
    put_time(one, "expires_ns", secret.expires_at);
    out["secrets"].push_back(std::move(one));
  }
  out["display"] = key.display;
  out["created_ns"] = key.created_at.ns;
  put_time(out, "expires_ns", key.expires_at);
  out["revoked"] = key.revoked;
  out["disabled"] = key.disabled;
  out["tags"] = object(key.tags_json);
  if (!key.limits_json.empty()) out["limits"] = object(key.limits_json);
  out["version"] = key.version;
  return json::to_text(out);
}

std::optional<Key> from_document(std::string_view json) {
  std::vector<std::string> twice;  // a document that has two equal members is not ours
  auto const document = json::parse_ordered(json, twice);
  if (document.is_discarded() || !twice.empty()) return std::nullopt;
  Key key;
  Members in{document};
  in.text("id", key.id);
  in.text("org", key.org);
  in.text("team", key.team);
  in.text("environment", key.environment);
  in.text("name", key.name);
  if (Json const* patterns = in.array("allowed_models")) {
    key.allowed_models.reserve(patterns->size());
    for (Json const& pattern : *patterns) {
      if (!pattern.is_string()) return std::nullopt;
      key.allowed_models.push_back(pattern.get<std::string>());
    }
  }
  if (Json const* secrets = in.array("secrets")) {
    if (secrets->empty() || secrets->size() > Secrets::kMax) return std::nullopt;
    key.secrets.resize(secrets->size());
    for (std::size_t i = 0; i < key.secrets.size(); ++i) {
      if (!read_secret((*secrets)[i], key.secrets[i])) return std::nullopt;
    }
  }
  in.text("display", key.display);
  in.integer("created_ns", key.created_at.ns);
  in.expiry("expires_ns", key.expires_at);
  in.flag("revoked", key.revoked);
  in.flag("disabled", key.disabled);
  in.object_text("tags", key.tags_json);
  if (in.has("limits")) in.object_text("limits", key.limits_json);
  in.integer("version", key.version);
  if (!in.finish() || key.id.empty()) return std::nullopt;
  return key;
}

}  // namespace tsg::keys
