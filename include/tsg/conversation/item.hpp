// What was said before, in the order in which it happened: the unit is an item, not a message. Messages of
// chat, blocks and items of other surfaces all map onto such a list without losing their order.
//
// Views point into the client's own bytes (Prompt::document) and live as long as the prompt. JSON strings
// stay as they were spelt, with their quotes, so that text is copied and not decoded and encoded again; what
// is compared (ids, names) is decoded.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsg::conversation {

enum class Role : std::uint8_t { system, developer, user, assistant, tool };

// A word of the program's own, as small as it can be: there are as many as items and parts.
class Word {
 public:
  constexpr Word(char const* text = "") noexcept : text_{text} {}
  constexpr operator std::string_view() const noexcept { return text_; }
  friend constexpr bool operator==(Word word, std::string_view text) noexcept {
    return std::string_view{word} == text;
  }

 private:
  char const* text_;
};

// Where something stands in the client's body, for errors and records: "messages[1].content[0]", "input[3]".
// It becomes a text only when somebody asks.
struct Where {
  Word list;                // "messages"
  std::int32_t index = -1;  // in it; -1: the member itself ("system")
  Word member = {};         // ".content", ".tool_calls"; "" = the element itself
  std::int32_t inner = -1;  // in that
  std::string text() const;
};

struct Part {
  enum class Kind : std::uint8_t { text, refusal, image, audio, file, other };
  Part() = default;
  Kind kind = Kind::text;
  std::string_view value;    // JSON string: text, refusal, image URL, audio data, file data; "" if absent
  std::string_view detail;   // JSON string or "": image detail, audio format, file name
  std::string_view file_id;  // JSON string or ""
  std::string_view cache;    // the client's cache_control, an object; "" = none
  std::string_view raw;      // the whole part; "" for a bare string
  Where where;
};

struct Item {
  enum class Kind : std::uint8_t {
    say,      // words of a role
    thought,  // what led to them: readable (`parts`), or sealed
    call,     // of a tool of the client's
    result,   // of such a call
    hosted,   // a tool run by a provider, its result with it
    other,    // what only its own surface knows: `raw`
  };
  Item() = default;
  Kind kind = Kind::say;
  Role role = Role::user;      // of the turn that it is part of; `tool`: of a result
  bool custom = false;         // call, result: free text, not JSON
  bool failed = false;         // result: the tool says so
  std::uint32_t turn = 0;      // the client's own grouping: one message of chat
  std::vector<Part> parts;     // say, result; thought: its readable text
  std::string_view call_id;    // call and result, decoded
  std::string_view name;       // call: of the tool, decoded
  std::string_view speaker;    // say, result: the name of who speaks, a JSON string or ""
  std::string_view arguments;  // call: a JSON string of a JSON text, or of free text (custom); "" if absent
  std::string_view sealed;     // what only its origin understands: bytes as they were
  Word origin;                 // whose dialect that is: "anthropic"; "" = not sealed, or nobody knows
  std::string_view cache;      // as of a part
  std::string_view raw;        // the item as the client wrote it: of a chat message's say the whole message
  std::string_view
      group;  // what the client grouped, the whole message: for members that only one dialect reads
  Where where;
};

}  // namespace tsg::conversation
