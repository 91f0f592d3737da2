// The conversation as Anthropic wants it (§1.3, §3.2): system text apart, user first, one turn where several
// messages of one role follow each other, all results of a turn's calls first in the next.
#pragma once
#include <string>
#include <vector>

#include "providers/anthropic/turn_memory.hpp"
#include "providers/rules.hpp"
#include "providers/tool_names.hpp"

namespace tsg::providers::anthropic {

struct Turn {
  Turn(std::string_view r, std::string a) : role{r}, at{std::move(a)} {}
  std::string_view role;            // static storage
  std::vector<std::string> blocks;  // JSON, none empty
  std::string at;                   // the first message of it
};

struct Dialogue {
  Dialogue() = default;
  std::vector<std::string> system;  // text blocks
  std::vector<Turn> turns;
  bool thinking_sent = false;
};

// `recalled` has an entry per message: the opaque blocks to send along. Names of what is harmless to lose are
// appended to `dropped`.
Result<Dialogue> dialogue_of(std::vector<Message> const& messages,
                             std::vector<std::optional<Recalled>> const& recalled, ToolNames const& names,
                             Rules const& rules, UpstreamRequest& noted);

// The calls after the last word of the user have their thinking: what models with manual thinking insist on.
bool tool_loop_complete(std::vector<Message> const& messages,
                        std::vector<std::optional<Recalled>> const& recalled);

}  // namespace tsg::providers::anthropic
