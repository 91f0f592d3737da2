// What OpenAI's chat request is made of, as far as its imitators (xAI, Sonar) share it.
#pragma once
#include <optional>

#include "api.hpp"

namespace tsg::sim {

/// Messages, tools, limits, response format. The field table has been checked before.
std::optional<Problem> read_chat_body(Json const& body, Ask& out);

/// Responses-shaped body (OpenAI, xAI): input items, flat tools, text.format.
std::optional<Problem> read_responses_body(Json const& body, Ask& out);

/// OpenAI's error object and status for a problem.
ErrorReply openai_error(Problem const& problem);

std::string_view chat_finish(Finish finish);

}  // namespace tsg::sim
