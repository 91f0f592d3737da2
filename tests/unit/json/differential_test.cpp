// The scanner against simdjson on mutated bodies: two readings of one text may never both say yes and differ,
// and they may say yes and no only for reasons that are known.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <random>

#include "tsg/json/document.hpp"

namespace tsg::json {
namespace {

std::vector<std::string> const seeds{
    R"({"model":"gpt-4o","messages":[{"role":"system","content":"You are \"helpful\".\n"},{"role":"user","content":"h\u00e9llo \ud83d\ude00 wörld"}],"temperature":0.7,"n":1,"stream":true,"stop":null})",
    R"({"input":["a","b",""],"encoding_format":"base64","dimensions":-12,"user":"x","e":1.5e-10,"big":18446744073709551615})",
    R"({"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"enum":[1,2.0,false,null,"x"]}}}}}]})",
    "{ \"a\" : [ ] , \"b\" : { } ,\r\n\t\"c\" : [ [ [ 1 ] ] ] }",
    "{\"u\":\"\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9\"}",
};
constexpr std::string_view spice = "{}[]\",:\\ue0123456789+-.tfn \n\r\t\x00\x1f\x7f\x80\xc3\xed\xa0\xf4\xff/";

std::string mutate(std::string text, std::mt19937_64& random) {
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (auto edits = 1 + below(4); edits > 0 && !text.empty(); --edits) {
    auto const at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = spice[below(spice.size())];
        break;
      case 1:
        text.insert(at, 1, spice[below(spice.size())]);
        break;
      case 2:
        text.erase(at, 1 + below(8));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), below(24)));
        break;
      case 4:
        text[at] = static_cast<char>(random());
        break;
      default:
        text.resize(at + below(text.size() - at + 1));
        break;
    }
  }
  return text;
}

// Whether the two readings have the same top-level members. simdjson's parser gives its keys in order.
bool same_members(simdjson::dom::object root, Scan const& scan, std::string_view text) {
  std::size_t i = 0;
  for (auto field : root) {
    if (i == scan.members.size() || field.key != scan.members[i].key) return false;
    auto const raw = text.substr(scan.members[i].value.begin, scan.members[i].value.size());
    simdjson::dom::parser again;
    simdjson::dom::element value;
    if (again.parse(simdjson::padded_string{raw}).get(value) != simdjson::SUCCESS) return false;
    if (simdjson::minify(value) != simdjson::minify(field.value)) return false;
    ++i;
  }
  return i == scan.members.size();
}

TEST(Differential, ScannerAndDomAgreeOnMutatedBodies) {
  auto const* soak = std::getenv("TSG_SOAK");
  auto const* given = std::getenv("TSG_SEED");
  auto const seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  auto const runs = soak != nullptr ? 1'000'000 : 200'000;
  std::printf("TSG_SEED=%llu, %d bodies\n", static_cast<unsigned long long>(seed), runs);
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random{seed};
  simdjson::dom::parser parser;
  int both = 0, only_scanner = 0, only_dom = 0;
  for (int i = 0; i < runs; ++i) {
    auto const text = mutate(seeds[random() % seeds.size()], random);
    auto const scanned = scan(text, {});
    simdjson::dom::element root;
    auto const dom = parser.parse(simdjson::padded_string{text}).get(root);
    auto const taken = Document::parse(text);
    ASSERT_EQ(taken.has_value(), scanned && scanned->root_is_object && dom == simdjson::SUCCESS) << text;
    if (scanned && dom == simdjson::SUCCESS) {
      ++both;
      simdjson::dom::object object;
      if (root.get(object) == simdjson::SUCCESS && i % 8 == 0) {
        ASSERT_TRUE(same_members(object, *scanned, text)) << text;
      }
    } else if (scanned) {
      ++only_scanner;
      ASSERT_EQ(dom, simdjson::NUMBER_ERROR) << "simdjson: " << simdjson::error_message(dom) << "\n" << text;
    } else if (dom == simdjson::SUCCESS) {
      ++only_dom;
      auto const why = scanned.error().message();
      bool const known = why.find("duplicate") != std::string_view::npos ||
                         why.find("surrogate") != std::string_view::npos ||
                         why.find("too long") != std::string_view::npos;
      ASSERT_TRUE(known) << why << "\n" << text;
    }
  }
  EXPECT_GT(both, runs / 50) << "mutations that leave nothing valid test nothing";
  std::printf("both %d, scanner only %d, simdjson only %d\n", both, only_scanner, only_dom);
}

}  // namespace
}  // namespace tsg::json
