// Thinking blocks survive a tool loop although OpenAI's clients drop them (§3.5): a turn with tool calls
// leaves a memo under its first call's id that says which opaque blocks stood where, and the turn is sent
// back in that order when the client returns it. Text and arguments are the client's own; the memo holds no
// copy of them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/conversation.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers::anthropic {

// What the decoders note of an answer, block by block.
class TurnMemory {
 public:
  void opaque(std::string block);     // raw JSON: thinking or redacted_thinking, as it came
  void text(std::string_view piece);  // pieces of one block or of several: they are one run
  void call(std::string_view id);
  // {"thinking_blocks":[…]}'s array, for clients that do keep what they do not know; "" = none.
  std::string blocks() const;
  // Nothing to remember without calls, or without opaque blocks.
  std::vector<Memo> memos(std::string_view model) const;

 private:
  struct Item {
    Item(char k, std::string j) : kind{k}, json{std::move(j)} {}
    char kind;  // 'o' opaque, 't' text, 'c' call
    std::string json;
    std::size_t bytes = 0;  // of text
  };
  std::vector<Item> items_;
  std::string first_call_;
  std::size_t held_ = 0;
  bool any_opaque_ = false, too_large_ = false;
};

// A remembered turn. Pieces in order: an opaque block, so many bytes of the message's text, or a call.
struct Recalled {
  struct Piece {
    enum class Kind : std::uint8_t { opaque, text, call };
    Piece(Kind k, std::string j, std::size_t n) : kind{k}, json{std::move(j)}, bytes{n} {}
    Kind kind;
    std::string json;
    std::size_t bytes;
  };
  std::vector<Piece> pieces;
};
// What the client sent along (`thinking_blocks`), else what was remembered; nullopt unless it belongs to this
// model and to the turn as the client shows it now.
std::optional<Recalled> recall_turn(Message const& message, EncodeContext const& context);

}  // namespace tsg::providers::anthropic
