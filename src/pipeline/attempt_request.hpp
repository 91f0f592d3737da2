// What an attempt sends to its target, and how the answer is to be read.
#pragma once
#include "tsg/pipeline/context.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

std::string_view api_name(config::TextApi api) noexcept;  // as adapters know it
// Both live no longer than the request.
providers::EncodeContext encode_context(RequestContext const& ctx, routing::Target const& target);
providers::DecodeContext decode_context(RequestContext const& ctx, providers::Wire wire,
                                        catalog::Model const* family);
upstream::Request upstream_request(RequestContext const& ctx, routing::Target const& target,
                                   providers::ProviderAdapter const& adapter,
                                   providers::UpstreamRequest encoded, ProviderCredential const& credential);

}  // namespace tsg::pipeline
