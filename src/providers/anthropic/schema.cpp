#include "providers/anthropic/schema.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

using Words = std::string_view;
constexpr std::array<Words, 7> kKept{"type", "enum", "const", "default", "title", "required", "pattern"};
constexpr std::array<Words, 3> kMaps{"properties", "$defs", "definitions"};
constexpr std::array<Words, 3> kLists{"anyOf", "allOf", "oneOf"};
constexpr std::array<Words, 3> kNoise{"$schema", "$id", "$comment"};
constexpr std::array<Words, 9> kFormats{"date-time", "time", "date", "duration", "email",
                                        "hostname",  "uri",  "ipv4", "ipv6"};

template <std::size_t N>
bool among(std::array<Words, N> const& list, Words word) noexcept {
  return std::ranges::find(list, word) != list.end();
}

// Which definition refers to which; 0 is the root.
class References {
 public:
  std::size_t id(std::string pointer) {
    auto const [at, fresh] = ids_.try_emplace(std::move(pointer), to_.size());
    if (fresh) to_.emplace_back();
    return at->second;
  }
  void add(std::size_t from, std::size_t to) { to_[from].push_back(to); }

  // Takes away what nothing refers to, again and again: each reference is looked at once.
  bool circular() const {
    std::vector<std::size_t> referred(to_.size());
    for (auto const& targets : to_)
      for (auto const to : targets) ++referred[to];
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < to_.size(); ++i)
      if (referred[i] == 0) free.push_back(i);
    std::size_t gone = 0;
    for (; !free.empty(); ++gone) {
      auto const from = free.back();
      free.pop_back();
      for (auto const to : to_[from])
        if (--referred[to] == 0) free.push_back(to);
    }
    return gone < to_.size();
  }

 private:
  std::map<std::string, std::size_t, std::less<>> ids_{{"", 0}};
  std::vector<std::vector<std::size_t>> to_{1};
};

class Fitter {
 public:
  explicit Fitter(std::string const& param) : param_{param} {}

  Result<FittedSchema> run(std::string_view schema) {
    auto const root = RawNode::parse_deep(schema);
    if (!root) return unsupported(param_, "must be a schema that is a JSON object");
    FittedSchema out;
    json::Writer w{out.json};
    if (auto done = object(*root, 0, w); !done) return done.error();
    if (references_.circular())
      return unsupported(param_, "is recursive, which Anthropic does not take: nest it");
    out.weakened = weakened_;
    return out;
  }

 private:
  static bool is_object_type(RawNode const& node) {
    return node["type"].find("\"object\"") != std::string_view::npos || node.find("properties");
  }

  // `inside` is the definition that the node belongs to.
  Result<> object(RawNode const& node, std::size_t inside, json::Writer& w) {
    w.begin_object();
    std::string notes;
    for (auto const& m : node.members())
      if (auto done = member(node, m, inside, w, notes); !done) return done;
    if (is_object_type(node)) w.key("additionalProperties").boolean(false);
    if (auto const text = text_of(node["description"]); !text.empty() || !notes.empty())
      w.key("description").string(notes.empty() ? text : text.empty() ? notes : text + " (" + notes + ")");
    w.end_object();
    return boost::system::in_place_value;
  }

  Result<> member(RawNode const& node, json::Member const& m, std::size_t inside, json::Writer& w,
                  std::string& notes) {
    auto const raw = node.raw(m);
    if (m.key == "description" || among(kNoise, m.key)) return boost::system::in_place_value;
    if (m.key == "additionalProperties") {
      if (!is_object(raw) || node.child(m).empty()) return boost::system::in_place_value;
      return unsupported(param_,
                         "has a map of unknown keys (`additionalProperties` with a schema), which Anthropic "
                         "does not take: use an array of pairs");
    }
    if (m.key == "$ref") return reference(text_of(raw), inside, w);
    if (among(kMaps, m.key) && is_object(raw)) {
      w.key(m.key).begin_object();
      auto const map = node.child(m);
      for (auto const& named : map.members()) {
        w.key(named.key);
        auto const within = m.key == "properties"
                                ? inside
                                : references_.id("#/" + std::string{m.key} + "/" + std::string{named.key});
        if (auto done = nested(map, named, within, w); !done) return done;
      }
      w.end_object();
      return boost::system::in_place_value;
    }
    if (among(kLists, m.key) && is_array(raw)) {
      weakened_ |= m.key == "oneOf";
      w.key(m.key == "oneOf" ? "anyOf" : m.key).begin_array();
      auto const list = node.child(m);
      for (auto const& option : list.members())
        if (auto done = nested(list, option, inside, w); !done) return done;
      w.end_array();
      return boost::system::in_place_value;
    }
    if (m.key == "items" && is_object(raw)) {
      w.key("items");
      return nested(node, m, inside, w);
    }
    bool const compiled = among(kKept, m.key) || (m.key == "minItems" && (raw == "0" || raw == "1")) ||
                          (m.key == "format" && (among(kFormats, text_of(raw)) || raw == "\"uuid\""));
    if (compiled) {
      w.key(m.key).raw(raw);
    } else {
      weakened_ = true;
      if (!notes.empty()) notes += ", ";
      notes.append(m.key).append(": ").append(raw);
    }
    return boost::system::in_place_value;
  }

  Result<> nested(RawNode const& parent, json::Member const& m, std::size_t inside, json::Writer& w) {
    if (is_object(parent.raw(m))) return object(parent.child(m), inside, w);
    w.raw(parent.raw(m));  // `true` and the like: theirs to judge
    return boost::system::in_place_value;
  }

  Result<> reference(std::string const& to, std::size_t inside, json::Writer& w) {
    if (!to.starts_with('#'))
      return unsupported(param_,
                         "refers to another document ($ref), which Anthropic does not take: put it inside");
    w.key("$ref").string(to);
    references_.add(inside, references_.id(to == "#" ? "" : to));
    return boost::system::in_place_value;
  }

  std::string const& param_;
  References references_;
  bool weakened_ = false;
};

}  // namespace

Result<FittedSchema> fit_schema(std::string_view schema, std::string const& param) {
  return Fitter{param}.run(schema);
}

}  // namespace tsg::providers::anthropic
