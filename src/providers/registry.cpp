// Dialect name to adapter. A new dialect is one folder and one line here.
#include <array>

#include "providers/openai/adapter.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

ProviderAdapter const* adapter_for(std::string_view dialect) {
  struct Entry {
    std::string_view name;
    ProviderAdapter const& (*adapter)();
  };
  static constexpr std::array kAdapters{
      Entry{"openai", &openai::adapter},
  };
  for (auto const& e : kAdapters)
    if (e.name == dialect) return &e.adapter();
  return nullptr;
}

}  // namespace tsg::providers
