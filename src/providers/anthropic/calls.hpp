// Calls of the assistant and the answers to them, paired (§1.3): every call needs its result, every result
// its call, and all results of a turn come together in the order of the calls.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "providers/conversation.hpp"
#include "providers/tool_names.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers::anthropic {

// Anthropic takes [A-Za-z0-9_-]+, each id once in a conversation (§1.3); clients bring ids of other providers
// ("functions.Bash:0"), and some repeat them in every turn. The same conversation gives the same names.
class ToolIds {
 public:
  std::string call(std::string const& id);  // a name of its own for each call

 private:
  std::set<std::string, std::less<>> used_;
  std::map<std::string, int, std::less<>> next_;  // the number that a name taken once more gets
};

class ToolCalls {
 public:
  explicit ToolCalls(ToolNames const& names) : names_{names} {}
  Result<std::string> ask(ToolCall const& call);  // its tool_use block
  Result<> answer(Message const& message, std::vector<std::string>& dropped);
  bool empty() const noexcept { return pending_.empty(); }
  // The tool_result blocks. `at` names the asking message in an error.
  Result<std::vector<std::string>> take_results(std::string const& at);

 private:
  struct Pending {
    explicit Pending(std::string w) : wire_id{std::move(w)} {}
    std::string wire_id, block;
  };
  ToolNames const& names_;
  ToolIds ids_;
  std::vector<Pending> pending_;                  // of the last assistant message, in order
  std::multimap<std::string, std::size_t> open_;  // those without an answer, by the client's id, in order
};

}  // namespace tsg::providers::anthropic
