#include "tsg/audit/chain.hpp"

#include "tsg/core/crypto.hpp"

namespace tsg::audit {

namespace {

constexpr std::string_view kMac = ",\"mac\":\"";
constexpr std::size_t kMacBytes = 16;  // of HMAC-SHA-256 over the record before it
constexpr std::size_t kMacEnd = kMac.size() + 2 * kMacBytes + 2;

void append_mac(std::string& bytes, crypto::SecretKey const& key) {
  auto const mac = crypto::hmac_sha256(key.bytes(), as_bytes(bytes));
  bytes += kMac;
  append_hex(bytes, std::span{mac}.first(kMacBytes));
  bytes += '"';
}

}  // namespace

bool mac_fits(std::string_view bytes, crypto::SecretKey const& key) {
  if (bytes.size() < kMacEnd) return false;
  std::string again{bytes.substr(0, bytes.size() - kMacEnd)};
  append_mac(again, key);
  again += '}';
  return crypto::equal(as_bytes(again), as_bytes(bytes));
}

crypto::SecretKey record_key(crypto::SecretKey const& master_key) {
  Digest const key = crypto::hkdf_sha256(master_key.bytes(), "tsg", "audit record mac v1");
  return crypto::SecretKey{key};
}

Digest next_chain(Digest const& previous, std::string_view bytes) {
  constexpr std::uint8_t leaf_prefix[] = {0x00}, chain_prefix[] = {0x02};
  Digest const leaf = crypto::sha256({leaf_prefix, as_bytes(bytes)});
  return crypto::sha256({chain_prefix, previous, leaf});
}

void append_record(ChainHead& head, std::string_view fields, std::string& bytes, std::string_view more,
                   crypto::SecretKey const* key) {
  bytes.clear();
  bytes.reserve(fields.size() + more.size() + 128);
  bytes += "{\"v\":1,\"seq\":";
  append_int(bytes, head.size);
  bytes += ",\"epoch\":";
  append_int(bytes, head.epoch);
  bytes += ",\"prev\":\"";
  append_hex(bytes, head.chain);
  bytes += "\",";
  bytes += fields;
  bytes += more;
  if (key != nullptr) append_mac(bytes, *key);
  bytes += '}';
  head.chain = next_chain(head.chain, bytes);
  ++head.size;
}

}  // namespace tsg::audit
