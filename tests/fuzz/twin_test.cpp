// The fuzz targets about providers, scaled down: their committed corpora, as they are and mutated, through
// the same properties, built as all other tests are. Three seeds; what fails names file and seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "fuzz/properties.hpp"

namespace tsg::fuzz {

void PrintTo(Decoder const& decoder, std::ostream* out) {
  *out << decoder.name;
}

namespace {

namespace fs = std::filesystem;

struct Input {
  Input(std::string n, std::string b) : name{std::move(n)}, bytes{std::move(b)} {}
  std::string name, bytes;
};

std::vector<Input> corpus(std::string const& target) {
  std::vector<Input> out;
  for (auto const& file : fs::directory_iterator{fs::path{__FILE__}.parent_path() / "corpus" / target}) {
    std::ostringstream text;
    text << std::ifstream{file.path(), std::ios::binary}.rdbuf();
    out.emplace_back(file.path().filename().string(), text.str());
  }
  std::ranges::sort(out, {}, &Input::name);
  return out;
}

// What libFuzzer does most: cut out, double, overwrite, and splice in from another file.
std::string mutated(std::vector<Input> const& all, std::size_t which, std::mt19937& random) {
  auto text = all[which].bytes;
  auto const below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (auto rounds = 1 + below(4); rounds > 0; --rounds) {
    auto const at = below(text.size()), length = 1 + below(16);
    auto const& other = all[below(all.size())].bytes;
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2:
        if (!text.empty()) text[at] = static_cast<char>(random());
        break;
      default:
        text.insert(at, other.substr(below(other.size()), 4 * length));
    }
  }
  return text;
}

void hold(std::string const& target, std::function<void(std::string_view)> const& property) {
  auto const all = corpus(target);
  ASSERT_FALSE(all.empty()) << "no corpus: tests/fuzz/corpus/" << target;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_NO_THROW(property(all[i].bytes)) << all[i].name;
    for (unsigned const seed : {1u, 2u, 3u}) {
      std::mt19937 random{seed * 1000 + static_cast<unsigned>(i)};
      for (int n = 0; n < 8; ++n) {
        auto const input = mutated(all, i, random);
        EXPECT_NO_THROW(property(input))
            << all[i].name << ", seed " << seed << ", mutation " << n << ": " << input;
      }
    }
  }
}

class FuzzTwin : public testing::TestWithParam<Decoder> {};
TEST_P(FuzzTwin, DecoderHoldsItsProperties) {
  hold("decoder_" + std::string{GetParam().name},
       [](std::string_view input) { decoder_property(GetParam(), input); });
}
INSTANTIATE_TEST_SUITE_P(Corpora, FuzzTwin, testing::ValuesIn(kDecoders),
                         [](auto const& instance) { return std::string{instance.param.name}; });

TEST(FuzzTwinRequest, HoldsItsProperties) {
  hold("request", [](std::string_view input) { request_property(input); });
}

}  // namespace
}  // namespace tsg::fuzz
