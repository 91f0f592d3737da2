#include "app/prices.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tsg/catalog/catalog.hpp"
#include "tsg/core/printable.hpp"

namespace tsg::app {

int check_prices(std::filesystem::path const& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    std::fprintf(stderr, "tsg: %s cannot be read: check the path and its permissions\n", file.c_str());
    return 1;
  }
  auto const loaded = catalog::Catalog::load(text.str());
  for (auto const& problem : loaded.problems)
    std::fprintf(stderr, "%s: %s\n", file.c_str(), printable(problem).c_str());
  if (!loaded.catalog) return 1;
  std::size_t priced = 0;
  for (auto const& model : loaded.catalog->models()) priced += model.priced() ? 1 : 0;
  std::printf("%s: version %s, %zu models, %zu with prices\n", file.c_str(),
              loaded.catalog->version().c_str(), loaded.catalog->models().size(), priced);
  return 0;
}

}  // namespace tsg::app
