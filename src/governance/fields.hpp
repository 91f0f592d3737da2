// Strict reading of documents: every member has a type and a range, unknown ones are refused by name, and the
// first mistake is the answer.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/json/value.hpp"

namespace tsg::governance {

Error wrong(std::string const& field, std::string const& rule);
// Syntax, duplicate keys, depth, UTF-8; the root must be an object.
Result<nlohmann::json> parse_object(std::string_view text);

class Fields {
 public:
  explicit Fields(nlohmann::json const& object, std::string prefix = {});
  bool ok() const noexcept { return !error_; }
  std::string name(std::string_view field) const { return prefix_ + std::string{field}; }
  void fail(std::string_view field, std::string const& rule);
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  // nullptr: absent (null counts as absent).
  nlohmann::json const* find(char const* field);
  std::optional<bool> flag(char const* field);
  std::optional<std::int64_t> integer(char const* field, std::int64_t min, std::int64_t max);
  std::optional<std::string> text(char const* field, std::size_t max_bytes);
  std::optional<std::vector<std::string>> texts(char const* field, std::size_t max_items,
                                                std::size_t max_bytes);
  nlohmann::json const* object(char const* field);
  nlohmann::json const* array(char const* field, std::size_t max_items);
  // Refuses what nobody asked for.
  Result<> finish();

 private:
  nlohmann::json const& object_;
  std::string prefix_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

}  // namespace tsg::governance
