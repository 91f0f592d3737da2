// Content parts of a client as Anthropic's content blocks (§1.4), and tool ids as it takes them.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "providers/conversation.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

// A `cache_control` member of a client's part, message or tool (an extension that many send); "" = none.
std::string cache_control_of(std::string_view raw_object);

// Empty and white text is refused by the API (§1.3), so it is left out wherever it stands.
bool blank(std::string_view raw_text) noexcept;
// `raw_text` is a JSON string.
std::string text_block(std::string_view raw_text, std::string_view cache_control = {});

// "" = nothing to send. What is harmless to lose is appended to `dropped`.
Result<std::string> block_of(Part const& part, std::vector<std::string>& dropped);

// Anthropic takes [A-Za-z0-9_-]+, each id once in a conversation (§1.3); clients bring ids of other providers
// ("functions.Bash:0"), and some repeat them in every turn. The same conversation gives the same names.
class ToolIds {
 public:
  std::string call(std::string const& id);  // a name of its own for each call

 private:
  std::set<std::string, std::less<>> used_;
};

}  // namespace tsg::providers::anthropic
