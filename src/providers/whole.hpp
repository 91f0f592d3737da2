// What all decoders of whole answers have in common.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/conversation/answer.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

using conversation::Stop;
using conversation::WholeChoice;
using conversation::WholeItem;
using ItemKind = conversation::Event::Item;

// A call of a tool that is the client's; `name` as it travels.
WholeItem whole_call(std::string id, std::string name, std::string arguments, std::string extra = {});

// The answer as the client is to see it, in whatever form: it ends before the first of the sequences that the
// gateway watches for, and its calls have the client's names.
conversation::Answer whole_answer(DecodeContext const& context, std::vector<WholeChoice> choices,
                                  catalog::Usage usage, std::string model, std::string upstream_id,
                                  std::string extra = {});
conversation::Answer whole_answer(DecodeContext const& context, WholeChoice choice, catalog::Usage usage,
                                  std::string model, std::string upstream_id, std::string extra = {});

}  // namespace tsg::providers
