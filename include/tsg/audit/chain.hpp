// The hash chain, without I/O. Bytes of record i = {"v":1,"seq":i,"epoch":e,"prev":"<hex of chain
// i-1>",<fields>}
//   leaf_i  = SHA-256(0x00 || bytes)               (RFC 6962 leaf: the Merkle tree comes over the same
//   leaves) chain_i = SHA-256(0x02 || chain_{i-1} || leaf_i), chain_{-1} = 32 zero bytes
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::audit {

struct ChainHead {
  std::int64_t size = 0;  // records so far = next seq
  std::int64_t epoch = 1;
  Digest chain{};  // of the last record; zeros if none
};

// Builds the record's bytes into `bytes` and advances the head. `more`: what the store itself says of what it
// wrote with the record, as `,"name":value`; "" = nothing. With a key the record ends in its `mac`: what the
// next start knows a record by that no signed head covers yet.
void append_record(ChainHead& head, std::string_view fields, std::string& bytes, std::string_view more = {},
                   crypto::SecretKey const* key = nullptr);
bool mac_fits(std::string_view bytes, crypto::SecretKey const& key);  // of a whole record
crypto::SecretKey record_key(crypto::SecretKey const& master_key);
Digest next_chain(Digest const& previous, std::string_view bytes);

}  // namespace tsg::audit
