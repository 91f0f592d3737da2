// The messages of a validated chat request (read_messages.cpp) as the adapters of other dialects see them:
// one list, legacy function calls as tool calls, a bare string as one text part. JSON strings stay as the
// client spelt them, so that text is copied, not decoded and encoded again. Views live as long as the
// request.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "providers/turns.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

using conversation::Role;

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
  std::string_view raw;         // the whole message
  std::string at;               // "messages[1]"; "system" for the top-level member
};

// In order, the top-level `system` first. An assistant's thoughts that a client kept among its words are left
// out, and noted in `dropped`: they are of use to the model that made them, and that one's are remembered
// here.
std::vector<Message> conversation_of(ChatRequest const& request, std::vector<std::string>& dropped);

// Where nobody but system messages says anything, the last of them becomes the user's: OpenAI's models answer
// such a conversation, and others want a user in it. True: one did.
bool let_user_speak(std::vector<Message>& messages);
void instruct_json(std::vector<Message>& messages, std::vector<Adapted>& adapted);

// Nothing but blanks. `raw_text` is a JSON string.
bool blank(std::string_view raw_text) noexcept;

// An image's `detail` is a word that there is, whether the target has a use for it or not.
Result<> check_detail(Part const& image);

// Joined text of all text and refusal parts, decoded.
std::string plain_text(Message const& message);

}  // namespace tsg::providers
