// An answer in the form that was not asked for: events for a plain call, one JSON body for a stream. Servers
// and proxies do both, and their content types do not always tell; the first bytes do. Either form becomes
// the one that the client expects, in every dialect.
#pragma once
#include <memory>
#include <string_view>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

enum class Form : std::uint8_t { undecided, json, events, other };
// By the first bytes: a bracket, or a field's name. `undecided`: more bytes are needed.
Form form_of(std::string_view first_bytes) noexcept;
bool is_event_stream(std::string_view content_type) noexcept;  // without case, parameters aside

// Of a whole 2xx body, for a plain call.
Result<Answer> decode_either(ProviderAdapter const& adapter, std::string_view body,
                             DecodeContext const& context, std::string_view content_type);
// As ProviderAdapter::told_usage(), of either form.
catalog::Usage told_in_either(ProviderAdapter const& adapter, std::string_view body,
                              DecodeContext const& context, std::string_view content_type);

// For a call that asked for a stream. A JSON body is kept, at most `body_bytes_max` of it, and becomes chunks
// at its end; until then streams() is false and nothing is put out.
std::unique_ptr<StreamDecoder> decoder_of_either(ProviderAdapter const& adapter, DecodeContext const& context,
                                                 std::string_view content_type, std::size_t body_bytes_max);

}  // namespace tsg::providers
