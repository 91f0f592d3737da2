// A whole response.
#include "providers/openai_shape.hpp"
#include "providers/responses/output.hpp"

namespace tsg::providers::responses {

Result<Answer> decode(std::string_view body, DecodeContext const& context, Flavour const& flavour) {
  auto const root = RawNode::parse(body);
  if (!root) return broken_answer(root.error().message());
  auto const* items = root->find("output");
  if (!items || !is_array(root->raw(*items))) {
    auto const error = (*root)["error"];
    if (!error.empty() && !is_null(error)) return failed(*root, flavour);
    if (auto const ended = finish_of(*root, false, flavour); !ended) return ended.error();
    return broken_answer("a response without output");
  }
  auto output = read_output(root->child(*items), flavour);
  auto const finish = finish_of(*root, output.choice.calls(), flavour);
  if (!finish) return finish.error();
  output.choice.stop = stop_meant(*finish);
  auto answer = whole_answer(context, std::move(output.choice), usage_of(*root, output.hosted, flavour),
                             name_of((*root)["model"]), name_of((*root)["id"]), output.sources.members());
  answer.memos = std::move(output.memos);
  return answer;
}

catalog::Usage answer_usage(RawNode const& root, Flavour const& flavour) {
  return usage_of(root, read_output(root.child("output"), flavour).hosted, flavour);
}

}  // namespace tsg::providers::responses
