// Requests to another dialect are built from an allow-list: what a table does not name is refused, because
// nobody could say whether leaving it out changes the answer (design decision 6).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/providers/treatment.hpp"

namespace tsg::providers {

// All wishes, in the client's order. What is dropped or waived is appended to `dropped`, in the client's
// words. Errors: unsupported_parameter.
Result<> judge(ChatRequest const& request, Treatments const& table, std::vector<std::string>& dropped);

// `raw` is null or one of `values` ("0|[]"), however it is spelt: `{ }` asks for as little as `{}`, and 0.0,
// -0 and 0e0 are one number.
bool asks_for_nothing(std::string_view raw, std::string_view values) noexcept;

// "'verbosity' must be one of low, medium, high."; `words` are separated by `|`.
Error none_of(std::string param, std::string_view words);

// Once, however often it was left out.
void note_dropped(std::vector<std::string>& dropped, std::string_view name);

// "'seed' is not supported …": `rule` is the reason and the way out, a sentence without subject.
Error unsupported(std::string param, std::string_view rule);

}  // namespace tsg::providers
