// Reading a route's document: strict, all problems at once, each with its place ("targets[1].weight: …").
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/json/value.hpp"

namespace tsg::routing {

using Json = nlohmann::ordered_json;

class Fields {  // one object of the document
 public:
  Fields(Json const& object, std::string place, std::vector<std::string>& problems)
      : object_{object}, place_{std::move(place)}, problems_{problems} {}

  bool is_object() const { return object_.is_object(); }
  void problem(std::string_view member, std::string_view rule);
  // Everything else is a problem, with the nearest known name.
  void only(std::initializer_list<std::string_view> known);

  Json const* find(char const* member) const;
  void text(char const* member, std::string& out, std::size_t most);
  void flag(char const* member, std::optional<bool>& out);
  void texts(char const* member, std::vector<std::string>& out, std::size_t most);
  std::optional<std::int64_t> integer(char const* member, std::int64_t least, std::int64_t most);
  template <class E>
  void choice(char const* member, E& out, std::initializer_list<E> options) {
    auto const* value = find(member);
    if (!value) return;
    std::string expected = "expected one of";
    for (E const option : options) {
      if (value->is_string() && value->get_ref<std::string const&>() == to_string(option)) {
        out = option;
        return;
      }
      expected += (expected.ends_with("of") ? " " : ", ") + std::string{to_string(option)};
    }
    problem(member, expected);
  }
  Fields inside(Json const& child, std::string_view name) { return Fields{child, path(name), problems_}; }

 private:
  std::string path(std::string_view member) const;
  Json const& object_;
  std::string place_;
  std::vector<std::string>& problems_;
};

}  // namespace tsg::routing
