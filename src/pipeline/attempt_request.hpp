// What an attempt sends to its target, and how the answer is to be read.
#pragma once
#include "pipeline/purchase.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

// Of the target in use. Both live no longer than the request.
providers::EncodeContext encode_context(Purchase const& purchase);
providers::DecodeContext decode_context(Purchase const& purchase, conversation::Facts const& asked,
                                        providers::Wire wire, catalog::Model const* family);
upstream::Request upstream_request(RequestContext const& ctx, routing::Target const& target,
                                   providers::ProviderAdapter const& adapter,
                                   providers::UpstreamRequest encoded, ProviderCredential const& credential);

}  // namespace tsg::pipeline
