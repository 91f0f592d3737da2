// Requests to another dialect are built from an allow-list: what a table does not name is refused, because
// nobody could say whether leaving it out changes the answer (design decision 6).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/providers/parameter.hpp"

namespace tsg::providers {

// In the client's order. Names of dropped parameters are appended to `dropped`.
Result<> judge(ChatRequest const& request, std::span<Parameter const> table,
               std::vector<std::string>& dropped);

// "'seed' is not supported …": `rule` is the reason and the way out, a sentence without subject.
Error unsupported(std::string param, std::string_view rule);

}  // namespace tsg::providers
