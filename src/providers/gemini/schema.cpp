#include "providers/gemini/schema.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "providers/gemini/pointers.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::size_t kDepthMax = 32;      // deeper is refused there too
constexpr std::size_t kNodesMax = 10'000;  // references that are inlined twice at each level grow as 2^n
// What is put in place of references may grow so far beyond the schema itself.
constexpr std::size_t kGrowthMax = 8, kBytesFree = std::size_t{1} << 20;
constexpr std::string_view kTooLarge =
    "is too large with its references put in place: shorten it, or choose a newer model";

// Keywords that mean the same in both and are copied.
constexpr std::array<std::string_view, 11> kCopied{"title",   "description",   "minItems",     "maxItems",
                                                   "minimum", "maximum",       "minLength",    "maxLength",
                                                   "pattern", "minProperties", "maxProperties"};
// Any other format is a 400.
constexpr std::array<std::string_view, 6> kFormats{"enum", "date-time", "float", "double", "int32", "int64"};

template <std::size_t N>
bool is_among(std::string_view word, std::array<std::string_view, N> const& list) noexcept {
  return std::ranges::find(list, word) != list.end();
}

struct Named {
  Named(std::string n, std::string r) : name{std::move(n)}, raw{std::move(r)} {}
  std::string name, raw;
};

// Each word once, in the order they came in.
class Unique {
 public:
  void add(std::string word) {
    if (known_.insert(word).second) list_.push_back(std::move(word));
  }
  void set(std::string word) { list_ = {std::move(word)}; }
  std::vector<std::string> const& list() const noexcept { return list_; }

 private:
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> list_;
};

// The last of a name counts, where the first stood.
class ByName {
 public:
  void put(std::string_view name, std::string raw) {
    auto const [at, fresh] = places_.try_emplace(std::string{name}, list_.size());
    if (fresh)
      list_.emplace_back(std::string{name}, std::move(raw));
    else
      list_[at->second].raw = std::move(raw);
  }
  std::vector<Named> const& list() const noexcept { return list_; }

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
  std::vector<Named> list_;
};

// A schema of the subset, while it is gathered: several source schemas may go into one.
struct Schema {
  Schema() = default;
  Unique types, enums, required;
  ByName copied, properties;
  std::vector<std::string> alternatives;
  std::string items;
  bool nullable = false;
};

class Translator {
 public:
  Translator(RawNode const& root, std::string_view param)
      : pointers_{root}, param_{param}, bytes_left_{root.text().size() * kGrowthMax + kBytesFree} {}

  Result<std::string> translate(RawNode const& node) {
    Schema schema;
    if (auto gathered = gather(node, schema); !gathered) return gathered.error();
    return write(schema);
  }

 private:
  Result<> gather(RawNode const& node, Schema& into) {
    if (++depth_ > kDepthMax || ++nodes_ > kNodesMax) return refused("is nested too deeply for this model");
    for (auto const& m : node.members())
      if (auto done = member(node, m, into); !done) return done;
    --depth_;
    return boost::system::in_place_value;
  }

  Result<> member(RawNode const& node, json::Member const& m, Schema& into) {
    auto const raw = node.raw(m);
    if (m.key == "$ref") return reference(text_of(raw), into);
    if (m.key == "allOf") return each(node.child(m), [&](RawNode const& s) { return gather(s, into); });
    if (m.key == "anyOf" || m.key == "oneOf")
      return each(node.child(m), [&](RawNode const& s) { return alternative(s, into); });
    if (m.key == "properties") return properties(node.child(m), into);
    if (m.key == "items") return items(node.child(m), raw, into);
    if (m.key == "type") types(node, m, into);
    if (m.key == "nullable") into.nullable |= raw == "true";
    bool const kept = m.key == "const" || m.key == "enum" || m.key == "required" || is_among(m.key, kCopied);
    if (kept && !charge(raw)) return refused(kTooLarge);
    if (m.key == "const") enumerate(raw, into);
    if (m.key == "enum" || m.key == "required") {
      auto const list = node.child(m);
      for (auto const& element : list.members()) {
        if (m.key == "enum")
          enumerate(list.raw(element), into);
        else
          into.required.add(text_of(list.raw(element)));
      }
    }
    if (is_among(m.key, kCopied) || (m.key == "format" && is_among(text_of(raw), kFormats)))
      into.copied.put(m.key, std::string{raw});
    return boost::system::in_place_value;
  }

  template <class F>
  static Result<> each(RawNode const& list, F const& take) {
    for (auto const& element : list.members())
      if (auto taken = take(list.child(element)); !taken) return taken;
    return boost::system::in_place_value;
  }

  // Within the document only, and not in a circle: the subset has no names.
  Result<> reference(std::string const& pointer, Schema& into) {
    if (std::ranges::find(open_, pointer) != open_.end())
      return refused("refers to itself, which this model's schemas cannot");
    if (!pointer.starts_with("#/"))
      return refused("has a $ref to elsewhere, which this model's schemas cannot");
    auto const* node = pointers_.find(pointer);
    if (node == nullptr) return refused("has a $ref to nothing");
    open_.push_back(pointer);
    auto done = gather(*node, into);
    open_.pop_back();
    return done;
  }

  Result<> alternative(RawNode const& node, Schema& into) {
    if (text_of(node["type"]) == "null") {
      into.nullable = true;
      return boost::system::in_place_value;
    }
    auto translated = translate(node);
    if (!translated) return translated.error();
    into.alternatives.push_back(std::move(*translated));
    return boost::system::in_place_value;
  }

  Result<> properties(RawNode const& node, Schema& into) {
    for (auto const& m : node.members()) {
      if (!charge(m.key)) return refused(kTooLarge);
      auto translated = translate(node.child(m));
      if (!translated) return translated.error();
      into.properties.put(m.key, std::move(*translated));
    }
    return boost::system::in_place_value;
  }

  Result<> items(RawNode const& node, std::string_view raw, Schema& into) {
    if (!is_object(raw)) return boost::system::in_place_value;
    auto translated = translate(node);
    if (!translated) return translated.error();
    into.items = std::move(*translated);
    return boost::system::in_place_value;
  }

  static void types(RawNode const& node, json::Member const& m, Schema& into) {
    auto const one = [&into](std::string type) {
      if (type == "null")
        into.nullable = true;
      else if (!type.empty())
        into.types.add(std::move(type));
    };
    if (is_string(node.raw(m))) return one(text_of(node.raw(m)));
    auto const list = node.child(m);
    for (auto const& element : list.members()) one(text_of(list.raw(element)));
  }

  // Enums hold strings there: numbers and booleans become their spelling.
  static void enumerate(std::string_view raw, Schema& into) {
    if (is_null(raw))
      into.nullable = true;
    else
      into.enums.add(is_string(raw) ? text_of(raw) : std::string{raw});
  }

  static std::string write(Schema s) {
    if (!s.enums.list().empty()) s.types.set("string");
    auto const& types = s.types.list();
    std::string out;
    json::Writer w{out};
    w.begin_object();
    if (types.size() == 1) w.key("type").string(types.front());
    for (auto const& [name, raw] : s.copied.list()) w.key(name).raw(raw);
    if (s.nullable) w.key("nullable").boolean(true);
    write_list(w, "enum", s.enums.list());
    if (std::ranges::find(types, "array") != types.end())
      w.key("items").raw(s.items.empty() ? R"({"type":"string"})" : s.items);
    if (!s.properties.list().empty()) {
      w.key("properties").begin_object();
      for (auto const& [name, raw] : s.properties.list()) w.key(name).raw(raw);
      w.end_object();
    }
    write_list(w, "required", s.required.list());
    if (types.size() > 1)
      for (auto const& type : types) s.alternatives.push_back("{\"type\":" + json::quoted(type) + "}");
    if (!s.alternatives.empty()) {
      w.key("anyOf").begin_array();
      for (auto const& alternative : s.alternatives) w.raw(alternative);
      w.end_array();
    }
    w.end_object();
    return out;
  }

  static void write_list(json::Writer& w, std::string_view name, std::vector<std::string> const& list) {
    if (list.empty()) return;
    w.key(name).begin_array();
    for (auto const& word : list) w.string(word);
    w.end_array();
  }

  // What is referred to is copied as often.
  bool charge(std::string_view bytes) noexcept {
    if (bytes.size() > bytes_left_) return false;
    bytes_left_ -= bytes.size();
    return true;
  }

  Error refused(std::string_view rule) const { return unsupported(std::string{param_}, rule); }

  Pointers pointers_;
  std::string_view param_;
  std::size_t bytes_left_;
  std::size_t depth_ = 0, nodes_ = 0;
  std::vector<std::string> open_;  // references that are being inlined
};

}  // namespace

Result<std::string> openapi_schema(std::string_view raw, std::string_view param) {
  auto const root = RawNode::parse_deep(raw);
  if (!root) return unsupported(std::string{param}, "must be an object");
  return Translator{*root, param}.translate(*root);
}

bool no_parameters(std::string_view raw) {
  auto const root = RawNode::parse(raw);
  if (!root) return false;
  return std::ranges::all_of(root->members(), [&](json::Member const& m) {
    static constexpr std::array<std::string_view, 4> kNotes{"title", "description", "$schema", "strict"};
    auto const value = root->raw(m);
    if (m.key == "type") return text_of(value) == "object";
    if (m.key == "properties" || m.key == "required") return root->child(m).empty();
    if (m.key == "additionalProperties") return !is_object(value) || root->child(m).empty();
    return is_among(m.key, kNotes);
  });
}

}  // namespace tsg::providers::gemini
