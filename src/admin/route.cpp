#include "admin/route.hpp"

namespace tsg::admin {

bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    auto const wanted = pattern.substr(0, pattern.find('/'));
    auto const segment = path.substr(0, path.find('/'));
    if (wanted.starts_with('{')) {
      if (segment.empty()) return false;
      params.emplace_back(segment);
    } else if (wanted != segment) {
      return false;
    }
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(segment.size());
  }
  return pattern.empty() && path.empty();
}

}  // namespace tsg::admin
