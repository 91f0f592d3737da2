// The tables of keys: everything a configuration file may say.
#pragma once
#include "config/reader.hpp"

namespace tsg::config {

std::vector<Key<Config>> const& config_keys();
std::vector<Key<Secrets>> const& secrets_keys();
std::vector<Key<Tls>> const& tls_keys();
std::vector<Key<Provider>> const& provider_keys();
std::vector<Key<Credential>> const& credential_keys();
std::vector<Key<Quota>> const& quota_keys();
std::vector<Key<HealthCheck>> const& health_check_keys();
std::vector<Key<Limits>> const& limits_keys();
std::vector<Key<Timeouts>> const& timeouts_keys();

// The value kinds the tables are made of (fields.hpp) and the list-like sections (sections.cpp).
void read_providers(Reader& reader, YAML::Node const& node, std::vector<Provider>& out);

}  // namespace tsg::config
