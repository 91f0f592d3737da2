#include "pipeline/attempt_request.hpp"

namespace tsg::pipeline {

providers::EncodeContext encode_context(Purchase const& purchase) {
  auto const& target = purchase.target();
  auto const& ctx = purchase.ctx;
  providers::EncodeContext e;
  e.model = target.model;
  e.family = target.model
                 ? target.model
                 : ctx.runtime->catalog->family(target.provider->dialect->seller, target.upstream_model);
  e.upstream_model = target.upstream_model;
  e.output_limit = purchase.bound().output_limit;
  e.api = config::to_string(target.provider->api);
  e.recall = [&ctx, &key = *purchase.caller.key](std::string_view call_id) {
    return ctx.services.memory.recall(key.org, key.id, call_id, ctx.time);
  };
  return e;
}

providers::DecodeContext decode_context(Purchase const& purchase, conversation::Facts const& asked,
                                        providers::Wire wire, catalog::Model const* family) {
  auto const& ctx = purchase.ctx;
  providers::DecodeContext d;
  d.wire = wire;
  d.family = family;
  d.operation = asked.operation;
  d.asked_model = asked.model;
  d.id = "chatcmpl-" + ctx.id.text();
  d.created = ctx.time.ms() / 1000;
  d.include_usage = asked.include_usage;
  d.base64_embeddings = asked.encoding_format == "base64";
  d.legacy_functions = asked.legacy_functions;
  d.search_context = asked.search_context;
  d.choices = asked.n;
  d.loose = !purchase.target().provider->own_host();
  d.event_bytes_max = ctx.runtime->config.limits.event_bytes;
  return d;
}

upstream::Request upstream_request(RequestContext const& ctx, routing::Target const& target,
                                   providers::ProviderAdapter const& adapter,
                                   providers::UpstreamRequest encoded, ProviderCredential const& credential) {
  upstream::Request r;
  r.base = &target.provider->base_url;
  r.ca_file = target.provider->ca_file.native();
  r.path = target.provider->base_url.path + encoded.path;
  r.headers = std::move(encoded.headers);
  adapter.authorize(r.headers, credential.key);
  if (target.provider->forward_trace && !ctx.record.trace_id.empty())
    if (auto parent = ctx.http.head().field("traceparent")) r.headers.set("traceparent", *parent);
  r.body = std::move(encoded.body);
  return r;
}

}  // namespace tsg::pipeline
