// A whole answer of another dialect, composed as OpenAI's chat.completion.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "providers/openai_shape.hpp"
#include "providers/whole.hpp"

namespace tsg::providers {

struct ComposedCall {
  ComposedCall(std::string i, std::string n, std::string a, std::string e = {})
      : id{std::move(i)}, name{std::move(n)}, arguments{std::move(a)}, extra{std::move(e)} {}
  std::string id, name;
  std::string arguments;  // text: the JSON that the model wrote
  std::string extra;      // raw members after "function", each with its leading comma; or ""
  bool custom = false;    // a custom tool's: `arguments` is free text
};

// A choice without the order of its items.
struct Choice {
  Choice() = default;
  std::string content, refusal, reasoning;
  std::vector<ComposedCall> calls;
  std::vector<std::string> annotations;  // raw JSON objects
  std::string extra;                     // raw members of the message, each with its leading comma
  std::string logprobs;                  // raw JSON; "" = none
  std::string finish;                    // the provider's word or ours
};
Choice flat(WholeChoice const& whole);
WholeChoice whole(Choice&& flat);

// OpenAI's object, of the items.
Shaped compose(DecodeContext const& context, Answer const& answer);

// {"type":"url_citation","url_citation":{…}}; offsets in characters of the content.
std::string url_citation(std::string_view url, std::string_view title, std::int64_t start, std::int64_t end);

}  // namespace tsg::providers
