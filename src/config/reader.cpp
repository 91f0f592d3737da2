#include "config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tsg/core/nearest.hpp"
#include "tsg/core/secret_shape.hpp"
#include "tsg/json/value.hpp"

namespace tsg::config {
namespace {

using Json = nlohmann::ordered_json;
// Aliases can point at their own parents or multiply; both end here, not in memory.
constexpr int deepest = 64;
constexpr int most_nodes = 100'000;

struct Converter {
  Reader& reader;
  int nodes = 0;

  Json convert(YAML::Node const& node, int depth) {
    if (depth > deepest || ++nodes > most_nodes) {
      if (nodes < most_nodes + 2) reader.problem(node, "nested too deeply or too large");
      nodes = most_nodes + 1;
      return {};
    }
    if (node.IsSequence()) {
      auto list = Json::array();
      for (auto const& item : node)
        reader.element(item, list.size(), [&] { list.push_back(convert(item, depth + 1)); });
      return list;
    }
    if (node.IsMap()) {
      auto map = Json::object();
      reader.members(node, [&](std::string const& key, YAML::Node const&, YAML::Node const& value) {
        reader.under(key, [&] { map[key] = convert(value, depth + 1); });
      });
      return map;
    }
    return scalar(node);
  }

  static Json scalar(YAML::Node const& node) {
    if (!node.IsScalar()) return {};
    auto const text = plain_scalar(node);
    if (!text) return node.Scalar();
    if (*text == "true") return true;
    if (*text == "false") return false;
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc{} && end == text->data() + text->size()) return number;
    return *text;
  }
};

// A value that is quoted back, without what gives access: user and password, query, anything shaped like a
// key. The cut comes after: a cut text may have lost the `@` that tells.
std::string without_access(std::string_view value) {
  std::string text = without_secrets(value);
  auto const scheme = text.find("//");
  auto const begin = scheme == text.npos ? 0 : scheme + 2;
  if (auto const at = text.rfind('@'); at != text.npos && at >= begin) text.replace(begin, at - begin, "…");
  if (auto const query = text.find('?'); scheme != text.npos && query != text.npos)
    text.replace(query + 1, text.npos, "…");
  return text;
}

}  // namespace

std::string Reader::path_of(std::string_view key) const {
  return path_.empty() || key.starts_with('[') ? path_ + std::string{key} : path_ + "." + std::string{key};
}

void Reader::problem(YAML::Mark const& mark, std::string_view message) {
  Problem found;
  if (!mark.is_null()) {  // yaml-cpp counts from 0
    found.line = mark.line + 1;
    found.column = mark.column + 1;
  }
  found.message = path_.empty() ? std::string{message} : path_ + ": " + std::string{message};
  problems_.push_back(std::move(found));
}

void Reader::problem(YAML::Node const& at, std::string_view message) {
  problem(at.Mark(), message);
}

void Reader::wrong(YAML::Node const& at, std::string_view expected) {
  auto const got = [&]() -> std::string {
    if (at.IsMap()) return "a map";
    if (at.IsSequence()) return "a list";
    if (at.IsNull()) return "nothing";
    auto text = without_access(at.Scalar()).substr(0, 60);
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
    return (at.Tag() == "!" ? "the text \"" : "\"") + text + "\"";
  }();
  problem(at, "expected " + std::string{expected} + ", got " + got);
}

std::vector<Problem> Reader::take() {
  std::ranges::stable_sort(problems_, {}, [](Problem const& p) { return std::pair{p.line, p.column}; });
  return std::move(problems_);
}

void Reader::members(YAML::Node const& map, Member const& visit) {
  std::map<std::string, int, std::less<>> lines;
  for (auto const& member : map) {
    if (!member.first.IsScalar()) {
      problem(member.first, "a key must be a plain name");
      continue;
    }
    auto const& key = member.first.Scalar();
    auto const mark = member.first.Mark();
    auto const [first, fresh] = lines.emplace(key, mark.line + 1);
    if (fresh) places_.emplace(path_of(key), std::pair{mark.line + 1, mark.column + 1});
    if (fresh)
      visit(key, member.first, member.second);
    else
      problem(member.first,
              "duplicate key `" + key + "`, first given in line " + std::to_string(first->second));
  }
}

void Reader::unknown_key(YAML::Node const& name, std::span<std::string_view const> known) {
  auto message = "unknown key `" + name.Scalar() + "`";
  if (auto const close = nearest(name.Scalar(), known, 1); !close.empty())
    message += ", did you mean `" + std::string{close.front()} + "`?";
  problem(name, message);
}

std::optional<std::string> plain_scalar(YAML::Node const& node) {
  if (!node.IsScalar() || node.Tag() == "!") return {};  // "!" marks a quoted scalar
  return node.Scalar();
}

std::string to_json(Reader& reader, YAML::Node const& node) {
  auto const json = Converter{reader}.convert(node, 0);
  return json::to_text_lossy(json);
}

}  // namespace tsg::config
