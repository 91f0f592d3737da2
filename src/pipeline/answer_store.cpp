#include "pipeline/answer_store.hpp"

#include "tsg/core/crypto.hpp"

namespace tsg::pipeline {
namespace {

// A row moved to another key's place, or status and type changed beside it, does not open.
std::string bound_to(Recording const& r, RequestId const& request, int status, std::string_view type) {
  std::string aad = "tsg idempotent answer v1\n";
  aad += r.scope();
  aad += '\n';
  aad += r.key();
  aad += '\n';
  request.append_to(aad);
  aad += '\n' + std::to_string(status) + '\n';
  aad += type;
  return aad;
}

}  // namespace

store::StoredAnswer seal_answer(RequestContext const& ctx, int status, std::string_view content_type) {
  store::StoredAnswer out;
  out.status = status;
  out.content_type = content_type;
  out.request_id = ctx.id;
  auto const& r = *ctx.recording;
  if (!r.too_large())
    out.sealed_body = crypto::aead_seal(ctx.services.answer_key, bound_to(r, ctx.id, status, content_type),
                                        as_bytes(r.bytes()));
  return out;
}

std::optional<std::string> open_answer(RequestContext const& ctx, store::StoredAnswer const& a) {
  auto const aad = bound_to(*ctx.recording, a.request_id, a.status, a.content_type);
  auto const plain = crypto::aead_open(ctx.services.answer_key, aad, a.sealed_body);
  if (!plain) return std::nullopt;
  return std::string{plain->begin(), plain->end()};
}

}  // namespace tsg::pipeline
