// Dialect name to adapter. A new dialect is one folder and one line here.
#include <array>

#include "providers/anthropic/adapter.hpp"
#include "providers/gemini/adapter.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/sonar/adapter.hpp"
#include "providers/xai/adapter.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace {

struct Entry {
  std::string_view name;
  ProviderAdapter const& (*adapter)();
};
constexpr std::array kAdapters{
    Entry{"openai", &openai::adapter},
    Entry{"anthropic", &anthropic::adapter},
    Entry{"xai", &xai::adapter},
    Entry{"perplexity", &perplexity::adapter},
    Entry{"perplexity-sonar", &sonar::adapter},
    Entry{"gemini", &gemini::adapter},
};

}  // namespace

ProviderAdapter const* adapter_for(std::string_view dialect) {
  for (auto const& e : kAdapters)
    if (e.name == dialect) return &e.adapter();
  return nullptr;
}

std::vector<std::string_view> dialects() {
  std::vector<std::string_view> out;
  for (auto const& e : kAdapters) out.push_back(e.name);
  return out;
}

}  // namespace tsg::providers
