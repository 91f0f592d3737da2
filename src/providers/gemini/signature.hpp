// Thought signatures (§2.10, §3.5): opaque state that Gemini gives with function calls and wants back. OpenAI
// clients drop fields they do not know, so a signature has three ways home: the client's own `extra_content`
// (Google's convention), our memory by call id, and for foreign history the documented dummy.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers::gemini {

// `,"extra_content":{"google":{"thought_signature":"…"}}`, a raw member with its comma; "" without one.
std::string signature_member(std::string_view signature);
// What the gateway remembers of a call.
Memo signature_memo(std::string_view call_id, std::string_view model, std::string_view signature);

// The signature in `raw`, a message or a tool call as the client sent it; "" if none.
std::string sent_signature(std::string_view raw);
// The remembered one; "" if there is none, or if another generation of models made it: that is a 400 there.
std::string recalled_signature(EncodeContext const& context, std::string_view call_id);

// Stands for the signature of a call that this model did not make. As a literal, not as base64 of it.
inline constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

}  // namespace tsg::providers::gemini
