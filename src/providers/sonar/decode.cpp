#include "providers/error_shape.hpp"
#include "providers/openai_shape.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/sonar/adapter.hpp"
#include "providers/whole.hpp"

namespace tsg::providers::sonar {

Result<Answer> decode(std::string_view body, DecodeContext const& context) {
  auto const root = RawNode::parse(body);
  if (!root) return broken_answer(root.error().message());
  if (auto error = error_inside(*root, &perplexity::refine)) return *error;
  auto const choices = root->child("choices");
  if (choices.empty()) return broken_answer("an answer without choices");
  auto const choice = choices.child(choices.members().front());
  auto const message = choice.child("message");
  if (message.empty()) return broken_answer("a choice without a message");

  WholeChoice out;
  out.stop = stop_meant(text_of(choice["finish_reason"]));
  ThinkSplitter splitter;
  auto const first = splitter.feed(text_of(message["content"])), last = splitter.rest();
  auto thoughts = text_of(message["reasoning_content"]) + first.thought + last.thought;
  auto content = first.text + last.text;
  Extras extras;
  extras.read(*root);
  CitationMarks marks;
  marks.feed(content);
  out.citations = extras.sources().annotations(marks.found());
  if (!thoughts.empty()) out.items.emplace_back(ItemKind::thought, std::move(thoughts));
  if (!content.empty()) out.items.emplace_back(ItemKind::text, std::move(content));
  return whole_answer(context, std::move(out), read_usage(root->child("usage")), name_of((*root)["model"]),
                      name_of((*root)["id"]), extras.members());
}

}  // namespace tsg::providers::sonar
