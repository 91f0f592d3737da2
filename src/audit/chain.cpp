#include "tsg/audit/chain.hpp"

#include "tsg/core/crypto.hpp"

namespace tsg::audit {

Digest next_chain(Digest const& previous, std::string_view bytes) {
  constexpr std::uint8_t leaf_prefix[] = {0x00}, chain_prefix[] = {0x02};
  Digest const leaf = crypto::sha256({leaf_prefix, as_bytes(bytes)});
  return crypto::sha256({chain_prefix, previous, leaf});
}

void append_record(ChainHead& head, std::string_view fields, std::string& bytes) {
  bytes.clear();
  bytes.reserve(fields.size() + 128);
  bytes += "{\"v\":1,\"seq\":";
  append_int(bytes, head.size);
  bytes += ",\"epoch\":";
  append_int(bytes, head.epoch);
  bytes += ",\"prev\":\"";
  append_hex(bytes, head.chain);
  bytes += "\",";
  bytes += fields;
  bytes += '}';
  head.chain = next_chain(head.chain, bytes);
  ++head.size;
}

}  // namespace tsg::audit
