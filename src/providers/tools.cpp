#include "providers/tools.hpp"

#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

Tool::Kind kind_of(conversation::Tool::Kind kind) noexcept {
  using Kind = conversation::Tool::Kind;
  return kind == Kind::function ? Tool::Kind::function
         : kind == Kind::custom ? Tool::Kind::custom
                                : Tool::Kind::server;
}

}  // namespace

std::vector<Tool> tools_of(ChatRequest const& request) {
  std::vector<Tool> out;
  out.reserve(request.offered.size());
  for (auto const& from : request.offered) {
    auto& tool = out.emplace_back();
    tool.kind = kind_of(from.kind);
    tool.type = from.type;
    tool.name = from.name;
    tool.description = from.description;
    tool.parameters = from.schema;
    tool.strict = from.strict();
    tool.raw = from.raw;
    tool.at = from.where.text();
  }
  return out;
}

Result<ToolChoice> tool_choice_of(ChatRequest const& request, std::vector<Tool> const&) {
  return request.choice;
}

bool parallel_tools_forbidden(ChatRequest const& request) {
  return !request.parallel;
}

AnswerFormat answer_format_of(ChatRequest const& request) {
  return request.format;
}

std::vector<std::string> stops_of(ChatRequest const& request) {
  return request.stops;
}

std::string chat_choice(ToolChoice const& choice) {
  switch (choice.kind) {
    case ToolChoice::Kind::none:
      return R"("none")";
    case ToolChoice::Kind::required:
      return R"("required")";
    case ToolChoice::Kind::named: {
      std::string out;
      json::Writer w{out};
      w.begin_object().key("type").string("function").key("function").begin_object();
      w.key("name").string(choice.name).end_object().end_object();
      return out;
    }
    default:
      return R"("auto")";
  }
}

}  // namespace tsg::providers
