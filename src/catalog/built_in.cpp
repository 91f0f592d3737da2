#include "tsg/catalog/catalog.hpp"

namespace tsg::embedded {
std::string_view catalog_json();  // config/catalog.json, made by tsg_embed
}

namespace tsg::catalog {

std::string_view Catalog::built_in() {
  return embedded::catalog_json();
}

}  // namespace tsg::catalog
