// A whole answer of another dialect, composed as OpenAI's chat.completion.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

struct ComposedCall {
  ComposedCall(std::string i, std::string n, std::string a, std::string e = {})
      : id{std::move(i)}, name{std::move(n)}, arguments{std::move(a)}, extra{std::move(e)} {}
  std::string id, name;
  std::string arguments;  // text: the JSON that the model wrote
  std::string extra;      // raw members after "function", each with its leading comma; or ""
  bool custom = false;    // a custom tool's: `arguments` is free text
};

struct Choice {
  Choice() = default;
  std::string content, refusal, reasoning;  // text; content is null beside calls or a refusal if empty
  std::vector<ComposedCall> calls;
  std::vector<std::string> annotations;  // raw JSON objects
  std::string extra;                     // raw members of the message, each with its leading comma
  std::string logprobs;                  // raw JSON; "" = null
  std::string finish;                    // the provider's word or ours; made legal here
};

// `extra`: raw top-level members, each with its leading comma (",\"citations\":[…]").
Answer compose(DecodeContext const& context, std::span<Choice const> choices, catalog::Usage usage,
               std::string model, std::string upstream_id, std::string_view extra = {});

// {"type":"url_citation","url_citation":{…}}; offsets in characters of the content.
std::string url_citation(std::string_view url, std::string_view title, std::int64_t start, std::int64_t end);

}  // namespace tsg::providers
