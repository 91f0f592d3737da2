// The items of a prompt by the client's own grouping, for dialects that have messages too. Inside a turn the
// order of items stays: what was thought, said and called.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/conversation/item.hpp"

namespace tsg::conversation {

struct Turn {
  explicit Turn(std::span<Item const> i) : items{i}, role{i.front().role} {}
  std::span<Item const> items;  // one at least
  Role role;                    // of all of them

  bool instructs() const noexcept { return role == Role::system || role == Role::developer; }
  bool calls() const noexcept;  // a tool of the client's
  // "messages[1]", for errors.
  std::string at() const { return Where{items.front().where.list, items.front().where.index}.text(); }
};
std::vector<Turn> turns_of(std::span<Item const> items);

// Where nobody but system messages says anything, the last of them becomes the user's: OpenAI's models answer
// such a conversation, and others want a user in it. True: one did.
bool let_user_speak(std::vector<Turn>& turns);

// Puts a system text of ours, a JSON string that lives as long as the program, behind the system messages
// that come first.
void instruct(std::vector<Turn>& turns, Item const& instruction);

// Joined text of all that was said, decoded.
std::string plain_text(std::span<Item const> items);
std::string plain_text(Item const& item);

// Nothing but blanks. `raw_text` is a JSON string.
bool blank(std::string_view raw_text) noexcept;

}  // namespace tsg::conversation
