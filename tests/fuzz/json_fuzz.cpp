// The scanner against simdjson: they may differ for known reasons only. Then edits: what is left is valid.
#include "check.hpp"

#include <simdjson.h>
#include "tsg/json/document.hpp"

namespace json = tsg::json;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text{as_text(data, size)};
  auto const scanned = json::scan(text, {});
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  auto const dom = parser.parse(simdjson::padded_string{text}).get(root);
  if (scanned) check(dom == simdjson::SUCCESS || dom == simdjson::NUMBER_ERROR);
  if (!scanned && dom == simdjson::SUCCESS) {
    auto const why = scanned.error().message();
    bool known = false;
    for (auto reason : {"duplicate", "surrogate", "too long", "too deep", "too many"})
      known = known || why.find(reason) != std::string_view::npos;
    check(known);
  }

  auto const doc = json::Document::parse(text);
  check(doc.has_value() == (scanned && scanned->root_is_object && dom == simdjson::SUCCESS));
  if (!doc) return 0;
  check(doc->text() == text);
  std::size_t i = 0;
  for (auto field : doc->root()) check(field.key == doc->members()[i++].key);
  check(i == doc->members().size());
  json::Edits edits;
  std::size_t kept = 0;
  for (auto const& member : doc->members()) {
    if (size % 3 == kept % 3) edits.erase_member(doc->text(), member);
    ++kept;
  }
  edits.append_member(doc->text(), {text.find('{'), text.rfind('}') + 1}, "\x01 appended", "[1]");
  auto const edited = json::Document::parse(edits.apply(doc->text()));
  check(edited || doc->find("\x01 appended") != nullptr);
  return 0;
}
