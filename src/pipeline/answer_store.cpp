#include "pipeline/answer_store.hpp"

#include "tsg/core/bytes.hpp"

namespace tsg::pipeline {
namespace {

// A row moved to another key's place, or status and type changed beside it, does not open.
std::string bound_to(AnswerPlace const& place, RequestId const& request, int status, std::string_view type) {
  std::string aad = "tsg idempotent answer v1\n";
  aad += place.scope;
  aad += '\n';
  aad += place.key;
  aad += '\n';
  request.append_to(aad);
  aad += '\n' + std::to_string(status) + '\n';
  aad += type;
  return aad;
}

}  // namespace

store::StoredAnswer seal_answer(crypto::SecretKey const& secret, RequestId const& id,
                                Recording const& recording, int status, std::string_view content_type) {
  store::StoredAnswer out;
  out.status = status;
  out.content_type = content_type;
  out.request_id = id;
  if (!recording.too_large())
    out.sealed_body = crypto::aead_seal(secret, bound_to(recording.place(), id, status, content_type),
                                        as_bytes(recording.bytes()));
  return out;
}

std::optional<std::string> open_answer(crypto::SecretKey const& secret, AnswerPlace const& place,
                                       store::StoredAnswer const& a) {
  auto const aad = bound_to(place, a.request_id, a.status, a.content_type);
  auto const plain = crypto::aead_open(secret, aad, a.sealed_body);
  if (!plain) return std::nullopt;
  return std::string{plain->begin(), plain->end()};
}

}  // namespace tsg::pipeline
