// Provider keys at rest: AES-256-GCM under a key derived from the master key, bound to where they belong.
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/crypto.hpp"
#include "tsg/core/error.hpp"
#include "tsg/pipeline/credentials.hpp"

namespace tsg::admin {

// Document of kind "credential", id "<provider>/<name>": {"alg","sealed","weight","org"}.
std::string seal_credential(crypto::SecretKey const& vault, std::string_view provider,
                            pipeline::ProviderCredential const& credential);
// Error: the document is damaged, moved, or of another master key. Nothing is ever used that did not open.
Result<pipeline::ProviderCredential> open_credential(crypto::SecretKey const& vault,
                                                     std::string_view provider, std::string_view name,
                                                     std::string_view document);

}  // namespace tsg::admin
