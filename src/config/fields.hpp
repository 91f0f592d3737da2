// Makers of table entries: one per type of value. Each says in words what it expects.
#pragma once
#include <charconv>
#include <utility>

#include "config/reader.hpp"
#include "config/values.hpp"

namespace tsg::config {

inline std::optional<std::int64_t> read_integer(Reader& reader, YAML::Node const& node, std::int64_t least,
                                                std::int64_t most) {
  auto const text = plain_scalar(node);
  std::int64_t value = 0;
  if (text) {
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error == std::errc{} && end == text->data() + text->size() && value >= least && value <= most)
      return value;
  }
  reader.wrong(node, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return {};
}

template <class T, class N>
Key<T> integer(std::string_view name, N T::*member, std::int64_t least, std::int64_t most) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            if (auto const value = read_integer(reader, node, least, most))
              out.*member = static_cast<N>(*value);
          }};
}

template <class T>
Key<T> milliseconds(std::string_view name, std::chrono::milliseconds T::*member, std::int64_t least,
                    std::int64_t most) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            if (auto const value = read_integer(reader, node, least, most))
              out.*member = std::chrono::milliseconds{*value};
          }};
}

template <class T>
Key<T> boolean(std::string_view name, bool T::*member) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            auto const text = plain_scalar(node);
            if (text != "true" && text != "false") return reader.wrong(node, "true or false");
            out.*member = text == "true";
          }};
}

// `parse` turns text into an optional value; `expected` says what was wanted.
template <class T, class V, class Parse>
Key<T> parsed(std::string_view name, V T::*member, std::string_view expected, Parse parse) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            if (!node.IsScalar()) return reader.wrong(node, expected);
            auto value = parse(reader, node.Scalar());
            if (!value) return reader.wrong(node, expected);
            out.*member = std::move(*value);
          }};
}

template <class T, class V>
Key<T> choice(std::string_view name, V T::*member, std::vector<std::pair<std::string_view, V>> options) {
  std::string expected = "one of";
  for (auto const& [text, value] : options)
    expected += (expected == "one of" ? " " : ", ") + std::string{text};
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            if (node.IsScalar())
              for (auto const& [text, value] : options)
                if (node.Scalar() == text) {
                  out.*member = value;
                  return;
                }
            reader.wrong(node, expected);
          }};
}

template <class T>
Key<T> path(std::string_view name, std::filesystem::path T::*member) {
  return parsed(name, member, "a path", [](Reader& reader, std::string const& text) {
    auto file = text.empty() ? std::filesystem::path{} : (reader.base() / text).lexically_normal();
    return text.empty() || text.find('\0') != text.npos ? std::nullopt : std::optional{std::move(file)};
  });
}

template <class T>
Key<T> secret(std::string_view name, SecretRef T::*member) {
  // The value is not quoted back: people write the key itself here by mistake.
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            auto ref = node.IsScalar() ? parse_secret_ref(node.Scalar(), reader.base()) : std::nullopt;
            if (!ref)
              return reader.problem(
                  node, "expected env:NAME, file:PATH or credential:NAME, never the secret itself");
            out.*member = std::move(*ref);
          }};
}

template <class T>
Key<T> texts(std::string_view name, std::vector<std::string> T::*member, std::string_view expected,
             std::optional<std::string> (*parse)(std::string_view)) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            if (!node.IsSequence()) return reader.wrong(node, "a list");
            for (auto const& item : node) {
              auto value = item.IsScalar() ? parse(item.Scalar()) : std::nullopt;
              if (value)
                (out.*member).push_back(std::move(*value));
              else
                reader.wrong(item, expected);
            }
          }};
}

template <class T>
Key<T> required(Key<T> key) {
  key.required = true;
  return key;
}

}  // namespace tsg::config
