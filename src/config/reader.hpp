// Reads YAML through tables of keys and keeps every problem with its place. A key is described once, in
// schema.cpp: its name, its type with range, and the member it sets.
#pragma once
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/config/places.hpp"

namespace tsg::config {

class Reader {
 public:
  explicit Reader(std::filesystem::path base) : base_{std::move(base)} {}

  std::filesystem::path const& base() const noexcept { return base_; }
  // The message is preceded by the path of the key being read, "limits.streams_max: …".
  void problem(YAML::Node const& at, std::string_view message);
  void problem(YAML::Mark const& mark, std::string_view message);
  void wrong(YAML::Node const& at, std::string_view expected);  // "expected …, got …"
  std::vector<Problem> take();                                  // in file order
  Places take_places() { return std::move(places_); }           // of every key visited

  // Runs `body` with `key` appended to the path that messages name.
  template <class F>
  void under(std::string_view key, F&& body) {
    auto const length = path_.size();
    path_ = path_of(key);
    body();
    path_.resize(length);
  }
  template <class F>
  void element(YAML::Node const& item, std::size_t index, F&& body) {
    auto const step = "[" + std::to_string(index) + "]";
    places_.emplace(path_of(step), std::pair{item.Mark().line + 1, item.Mark().column + 1});
    under(step, std::forward<F>(body));
  }
  // Members of a map, in file order; duplicate and non-scalar keys are reported and passed over.
  using Member = std::function<void(std::string const& key, YAML::Node const& name, YAML::Node const& value)>;
  void members(YAML::Node const& map, Member const& visit);
  void unknown_key(YAML::Node const& name, std::span<std::string_view const> known);

 private:
  std::string path_of(std::string_view key) const;  // "[2]" is a step, too

  std::filesystem::path base_;
  std::string path_;
  std::vector<Problem> problems_;
  Places places_;
};

template <class T>
struct Key {
  std::string_view name;
  std::function<void(Reader&, YAML::Node const&, T&)> read;
  bool required = false;
};

// A value left empty (`key:` or `key: null`) means the default.
template <class T>
void read_map(Reader& reader, YAML::Node const& map, std::vector<Key<T>> const& keys, T& out) {
  if (map.IsNull() || !map.IsDefined()) return;
  if (!map.IsMap()) return reader.wrong(map, "a map");
  std::vector<std::string_view> known;
  known.reserve(keys.size());
  for (auto const& key : keys) known.push_back(key.name);
  std::vector<bool> seen(keys.size());
  reader.members(map, [&](std::string const& text, YAML::Node const& name, YAML::Node const& value) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].name != text) continue;
      seen[i] = true;
      if (!value.IsNull()) reader.under(text, [&] { keys[i].read(reader, value, out); });
      return;
    }
    reader.unknown_key(name, known);
  });
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].required && !seen[i]) reader.problem(map, "`" + std::string{keys[i].name} + "` is missing");
}

// Plain (unquoted) scalar, or nullopt: `"8080"` is text, not a number.
std::optional<std::string> plain_scalar(YAML::Node const& node);

// YAML as JSON, for sections that other folders read. Decimals become strings so that prices stay
// exact; integers, booleans and null keep their type.
std::string to_json(Reader& reader, YAML::Node const& node);

}  // namespace tsg::config
