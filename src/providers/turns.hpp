// What the encoders of dialects that speak in turns have in common.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/conversation/turns.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

// All that is to be told. An assistant's thoughts that a client kept among its words are for the encoder to
// leave out, and noted in `dropped`: they are of use to the model that made them, and that one's are
// remembered here.
std::vector<conversation::Turn> told(ChatRequest const& request, std::vector<std::string>& dropped);

// What opens a conversation on behalf of a user whose assistant spoke first, for models that want it so.
inline constexpr std::string_view kOpening = ".";

// {"type":"json_object"} for models that do not know it: asked of them in words, behind the system messages
// that come first.
inline constexpr std::string_view kJsonInstruction =
    R"("Answer with a single JSON object and nothing else.")";
void instruct_json(std::vector<conversation::Turn>& turns, std::vector<Adapted>& adapted);

// An image's `detail` is a word that there is, whether the target has a use for it or not.
Result<> check_detail(conversation::Part const& image);

inline bool is_text(conversation::Part const& part) noexcept {
  return part.kind == conversation::Part::Kind::text || part.kind == conversation::Part::Kind::refusal;
}
// Words, of whoever, or a tool's result.
inline bool has_words(conversation::Item const& item) noexcept {
  return item.kind == conversation::Item::Kind::say || item.kind == conversation::Item::Kind::result;
}

}  // namespace tsg::providers
