#include "admin/credentials.hpp"

#include <nlohmann/json.hpp>

#include "tsg/core/bytes.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

constexpr std::string_view kAlgorithm = "TSE1";  // AES-256-GCM, 96-bit nonce; another form gets another name

// Length before each part: no two places have the same bytes (ENC-8).
std::string place(std::string_view provider, std::string_view name) {
  std::string out;
  for (auto const part : {std::string_view{"credential"}, provider, name})
    out += std::to_string(part.size()) + ":" + std::string{part};
  return out;
}

}  // namespace

std::string seal_credential(crypto::SecretKey const& vault, std::string_view provider,
                            pipeline::ProviderCredential const& c) {
  nlohmann::ordered_json doc;
  doc["alg"] = kAlgorithm;
  doc["sealed"] = to_base64(crypto::aead_seal(vault, place(provider, c.name), as_bytes(c.key)));
  doc["weight"] = c.weight;
  doc["org"] = c.org;
  return json::to_text(doc);
}

Result<pipeline::ProviderCredential> open_credential(crypto::SecretKey const& vault,
                                                     std::string_view provider, std::string_view name,
                                                     std::string_view document) {
  auto const damaged = [&] {
    return Error{Errc::internal}.log("the stored credential " + std::string{provider} + "/" +
                                     std::string{name} +
                                     " does not open: damaged, moved, or of another master key");
  };
  auto const doc = json::parse_value(document);
  if (!doc.is_object() || doc.value("alg", "") != kAlgorithm || !doc.contains("weight") ||
      !doc["weight"].is_number_integer())
    return damaged();
  auto const sealed = from_base64(doc.value("sealed", ""));
  auto const plain = sealed ? crypto::aead_open(vault, place(provider, name), *sealed) : std::nullopt;
  if (!plain) return damaged();
  return pipeline::ProviderCredential{std::string{name}, std::string{plain->begin(), plain->end()},
                                      doc["weight"].get<int>(), doc.value("org", "")};
}

}  // namespace tsg::admin
