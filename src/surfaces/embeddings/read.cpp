// The bodies of /v1/embeddings.
#include "tsg/surfaces/read.hpp"
#include "surfaces/common.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/children.hpp"

namespace tsg::surfaces {
namespace embeddings {
namespace {

constexpr std::size_t kInputsMax = 2048;  // of one call (wire reference §3.1)

bool embeddable(dom::element input) {
  if (input.is_string()) return true;
  dom::array list;
  if (input.get(list) != simdjson::SUCCESS || list.size() == 0) return false;
  for (auto const element : list) {
    dom::array tokens;
    if (element.is_string() || element.is_int64()) continue;
    if (element.get(tokens) != simdjson::SUCCESS) return false;
    for (auto const token : tokens)
      if (!token.is_int64()) return false;
  }
  return true;
}

Result<> read_facts(Prompt& r, dom::object root) {
  if (auto read = read_model(r, root); !read) return read;
  dom::element input;
  dom::array list;
  if (!present(root, "input", input)) return wrong("input", "is required");
  if (!embeddable(input))
    return wrong("input", "must be a string, or a non-empty array of strings, integers or integer arrays");
  if (input.get(list) == simdjson::SUCCESS && list.size() > kInputsMax && !list.at(0).is_int64())
    return wrong("input", "has more than 2048 entries");
  count_raw(r, "input");  // of an array of tokens, too: each takes two bytes at least
  if (auto read = read_text(root, "", "user", r.user); !read) return read;
  if (auto read = read_text(root, "", "encoding_format", r.encoding_format); !read) return read;
  if (r.encoding_format.empty()) r.encoding_format = "float";
  if (r.encoding_format != "float" && r.encoding_format != "base64")
    return wrong("encoding_format", "must be float or base64");
  std::optional<std::int64_t> dimensions;
  return read_integer(root, "dimensions", 1, 1 << 20, dimensions);
}

// Numbers alone are the tokens of one text.
void take_inputs(Prompt& prompt) {
  auto const raw = prompt.said("input");
  json::Children list{is_array(raw) ? raw : "[]"};
  json::Member first;
  bool const several = list.next(first) && (raw[first.value.begin] == '"' || raw[first.value.begin] == '[');
  auto const take = [&](json::Span at) { prompt.inputs.push_back(raw.substr(at.begin, at.size())); };
  if (!several) return take({0, raw.size()});
  take(first.value);
  for (json::Member m; list.next(m);) take(m.value);
}

}  // namespace
}  // namespace embeddings

Result<Prompt> read_embeddings(std::string body, json::Limits const& limits) {
  auto document = json::Document::parse(std::move(body), limits);
  if (!document) return document.error();
  Prompt prompt{std::move(*document)};
  prompt.operation = conversation::Operation::embeddings;
  prompt.surface = conversation::Surface::embeddings;
  if (auto const done = embeddings::read_facts(prompt, prompt.document.root()); !done) return done.error();
  prompt.wishes = conversation::wishes_of(prompt.surface, prompt.document);
  embeddings::take_inputs(prompt);
  return Result<Prompt>{boost::system::in_place_value, std::move(prompt)};
}

}  // namespace tsg::surfaces
