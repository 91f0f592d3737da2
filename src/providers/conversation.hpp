// The messages of a validated chat request (read_messages.cpp) as the adapters of other dialects see them:
// one list, legacy function calls as tool calls, a bare string as one text part. JSON strings stay as the
// client spelt them, so that text is copied, not decoded and encoded again. Views live as long as the
// request.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

enum class Role : std::uint8_t { system, developer, user, assistant, tool };

struct Part {
  enum class Kind : std::uint8_t { text, refusal, image, audio, file, other };
  Part() = default;
  Kind kind = Kind::text;
  std::string_view value;    // JSON string: text, refusal, image URL, audio data, file_data; "" if absent
  std::string_view detail;   // JSON string or "": image detail, audio format, file name
  std::string_view file_id;  // JSON string or ""
  std::string_view raw;      // the whole part, "" for a bare string
  std::string at;            // "messages[1].content[0]"
};

struct ToolCall {
  ToolCall() = default;
  std::string id, name;        // decoded
  std::string_view arguments;  // JSON string of a JSON text (function) or of free text (custom)
  std::string_view raw;        // the whole call: extensions such as extra_content
  bool custom = false;
  std::string at;
};

struct Message {
  Message() = default;
  Role role = Role::user;
  std::vector<Part> parts;
  std::vector<ToolCall> calls;  // assistant
  std::string tool_call_id;     // tool
  std::string_view name;        // JSON string or ""
  std::string_view reasoning;   // JSON string or "": reasoning_content sent back
  std::string_view raw;         // the whole message
  std::string at;               // "messages[1]"; "system" for the top-level member
};

// In order, the top-level `system` first.
std::vector<Message> conversation_of(ChatRequest const& request);

// Joined text of all text and refusal parts, decoded.
std::string plain_text(Message const& message);

}  // namespace tsg::providers
