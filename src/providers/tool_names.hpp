// Names of tools there and back. Clients bring names that OpenAI takes, or another vendor made ("3d_render",
// "server.tool", 90 characters of an MCP server), and each target has limits of its own. What is beyond them
// travels under a name that fits, in tools, choices and histories alike, and comes back as the client's.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "providers/conversation.hpp"
#include "providers/tools.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

// What a target takes, as data of its dialect. Letters and digits of ASCII are taken by all.
struct NameLimits {
  std::size_t longest = 64;                     // bytes
  std::string_view others = "_-";               // beside letters and digits
  bool letter_first = false;                    // begins with a letter or an underscore
  std::span<std::string_view const> kept = {};  // names that the provider keeps for its own tools
};

class ToolNames {
 public:
  ToolNames() = default;  // all as they are
  // Of everything that this request names. The same request gives the same names.
  ToolNames(NameLimits const& limits, std::vector<Tool> const& tools, std::vector<Message> const& messages);
  ToolNames(NameLimits const& limits, std::vector<conversation::Tool> const& tools,
            std::vector<conversation::Item> const& items);
  std::string_view out(std::string_view name) const;
  std::vector<std::string> out(std::vector<std::string> const& names) const;
  NameMap const& back() const noexcept { return back_; }  // for the decoder: wire name to the client's

 private:
  struct Named {
    Named(std::string_view n, bool t) : name{n}, taken{t} {}
    std::string_view name;
    bool taken;  // of a tool that is not ours to rename
  };
  void learn(NameLimits const& limits, std::vector<Named> const& all);

  NameMap there_, back_;
};

// The client's name of a tool that the model called.
std::string_view own_name(NameMap const& back, std::string_view wire);

// An id of a call that is longer than `longest` bytes, as one that is not; the same for the same id. Ids go
// out only: those of new calls are the provider's.
std::string short_id(std::string_view id, std::size_t longest);

}  // namespace tsg::providers
