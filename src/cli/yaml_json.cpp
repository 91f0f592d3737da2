#include "cli/yaml_json.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kDepthMax = 32;

struct Bad {
  YAML::Mark at;
  std::string what;
};

Json scalar(YAML::Node const& node) {
  auto const& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t number = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc{} && end == text.data() + text.size()) return number;
  // A decimal is a number, too. Money and percentages are strings, whether they have a point or not: who
  // forgot the quotes is told so by the gateway, always, and not only where the amount is a round one.
  double decimal = 0;
  bool const numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  auto const [last, failed] = std::from_chars(text.data(), text.data() + text.size(), decimal);
  if (numeric && failed == std::errc{} && last == text.data() + text.size()) return decimal;
  return text;
}

Json convert(YAML::Node const& node, int depth) {
  if (depth > kDepthMax) throw Bad{node.Mark(), "is nested too deeply"};
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return scalar(node);
    case YAML::NodeType::Sequence: {
      Json out = Json::array();
      for (auto const& item : node) out.push_back(convert(item, depth + 1));
      return out;
    }
    case YAML::NodeType::Map: {
      Json out = Json::object();
      for (auto const& member : node) {
        auto const key = member.first.Scalar();
        if (out.contains(key)) throw Bad{member.first.Mark(), "'" + key + "' is there twice"};
        out[key] = convert(member.second, depth + 1);
      }
      return out;
    }
    default:
      return nullptr;
  }
}

Error at(YAML::Mark const& mark, std::string const& what) {
  return Error{Errc::bad_request, "line " + std::to_string(mark.line + 1) + ", column " +
                                      std::to_string(mark.column + 1) + ": " + what};
}

void emit(YAML::Emitter& out, Json const& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (auto const& [key, member] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty() || value.front().is_primitive()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (auto const& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    out << YAML::DoubleQuoted << value.get<std::string>();  // never read as anything else
  } else {
    out << json::to_text(value);
  }
}

}  // namespace

Result<Json> json_of_yaml(std::string const& text) {
  try {
    auto const documents = YAML::LoadAll(text);
    if (documents.size() != 1) return Error{Errc::bad_request, "one YAML document is expected"};
    return Result<Json>{boost::system::in_place_value, convert(documents.front(), 0)};
  } catch (Bad const& bad) {
    return at(bad.at, bad.what);
  } catch (YAML::Exception const& e) {
    return at(e.mark, e.msg);
  }
}

Result<Json> read_yaml(std::filesystem::path const& file) {
  std::ostringstream all;
  if (file == "-") {
    all << std::cin.rdbuf();
  } else {
    std::ifstream in{file, std::ios::binary};
    if (!in) return Error{Errc::bad_request, "cannot read " + file.string()};
    all << in.rdbuf();
  }
  auto parsed = json_of_yaml(std::move(all).str());
  if (!parsed) return Error{Errc::bad_request, file.string() + ": " + std::string{parsed.error().message()}};
  return parsed;
}

std::string yaml_of_json(Json const& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string{out.c_str()} + "\n";
}

}  // namespace tsg::cli
