#include "providers/compose.hpp"
#include "providers/error_shape.hpp"
#include "providers/openai_shape.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/sonar/adapter.hpp"

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

  Choice out;
  out.finish = text_of(choice["finish_reason"]);
  ThinkSplitter splitter;
  auto const first = splitter.feed(text_of(message["content"])), last = splitter.rest();
  out.reasoning = text_of(message["reasoning_content"]) + first.thought + last.thought;
  out.content = first.text + last.text;
  Extras extras;
  extras.read(*root);
  CitationMarks marks;
  marks.feed(out.content);
  out.annotations = extras.sources().annotations(marks.found());
  auto usage = read_usage(root->child("usage"));
  return compose(context, {&out, 1}, std::move(usage), name_of((*root)["model"]), name_of((*root)["id"]),
                 extras.members());
}

}  // namespace tsg::providers::sonar
