// The `providers:` section: names are free, and some rules look at several keys of one entry.
#include "config/schema.hpp"
#include "config/values.hpp"

namespace tsg::config {
namespace {

void finish(Reader& reader, YAML::Node const& at, bool dialect_given, Provider& provider) {
  if (!dialect_given) {
    auto const* own = providers::dialect(provider.id);
    if (!own)
      return reader.problem(
          at, "`dialect` is missing: the name is not one of the built-in dialects, so say which it speaks");
    provider.dialect = own;
  }
  if (provider.base_url.host.empty())
    if (auto const url = parse_url(provider.dialect->base_url)) provider.base_url = *url;
  if (!provider.base_url.tls && !provider.insecure && !loopback_host(provider.base_url.host))
    reader.problem(at,
                   "base_url is http:// to a host other than loopback: keys and prompts would travel in "
                   "the clear; use https://, or say `insecure: true`");
}

}  // namespace

bool Provider::own_host() const noexcept {
  auto own = dialect->base_url;
  own.remove_prefix(std::string_view{"https://"}.size());
  own = own.substr(0, own.find('/'));
  std::string_view const host{base_url.host};
  bool const region =
      host.size() > own.size() && host.ends_with(own) && host[host.size() - own.size() - 1] == '.';
  return base_url.tls && (host == own || region);
}

Quota const* Provider::quota_of(std::string_view credential) const noexcept {
  for (auto const& c : credentials)
    if (c.quota && c.name == credential) return &*c.quota;
  return quota ? &*quota : nullptr;
}

void read_providers(Reader& reader, YAML::Node const& node, std::vector<Provider>& out) {
  if (!node.IsMap()) return reader.wrong(node, "a map of provider names");
  reader.members(node, [&](std::string const& id, YAML::Node const& name, YAML::Node const& value) {
    if (!plain_name(id))
      return reader.problem(name,
                            "a provider's name is 1 to 63 letters, digits, dots, dashes or underscores");
    reader.under(id, [&] {
      Provider provider;
      provider.id = id;
      read_map(reader, value, provider_keys(), provider);
      auto const given = [&](char const* key) { return value.IsMap() && value[key] && !value[key].IsNull(); };
      // A base_url that could not be read has been reported; the default must not hide it.
      finish(reader, name, given("dialect"), provider);
      out.push_back(std::move(provider));
    });
  });
}

}  // namespace tsg::config
