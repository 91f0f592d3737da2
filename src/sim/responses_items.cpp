#include "responses_items.hpp"

#include "fields.hpp"

namespace tsg::sim {

std::string_view responses_status(Finish finish) {
  return finish == Finish::length || finish == Finish::content_filter ? "incomplete" : "completed";
}

Json incomplete_details(Finish finish) {
  if (finish == Finish::length) return {{"reason", "max_output_tokens"}};
  if (finish == Finish::content_filter) return {{"reason", "content_filter"}};
  return nullptr;
}

Json responses_echo(Ask const& ask) {
  auto const& body = ask.echo;
  auto const or_default = [&](char const* name, Json fallback) {
    return body.contains(name) ? body[name] : fallback;
  };
  Json text = or_default("text", Json::object());
  if (text.is_object() && !text.contains("format")) text["format"] = {{"type", "text"}};
  if (text.is_object() && !text.contains("verbosity")) text["verbosity"] = "medium";
  return {{"background", false},
          {"frequency_penalty", 0.0},
          {"presence_penalty", 0.0},
          {"prompt_cache_key", or_default("prompt_cache_key", nullptr)},
          {"prompt_cache_retention", nullptr},
          {"safety_identifier", or_default("safety_identifier", nullptr)},
          {"instructions", or_default("instructions", nullptr)},
          {"max_output_tokens", or_default("max_output_tokens", nullptr)},
          {"max_tool_calls", or_default("max_tool_calls", nullptr)},
          {"model", ask.model},
          {"parallel_tool_calls", or_default("parallel_tool_calls", true)},
          {"previous_response_id", nullptr},
          {"reasoning", or_default("reasoning", Json{{"effort", nullptr}, {"summary", nullptr}})},
          {"service_tier", ask.service_tier == "auto" ? "default" : ask.service_tier},
          {"store", or_default("store", true)},
          {"temperature", or_default("temperature", 1.0)},
          {"text", text},
          {"tool_choice", or_default("tool_choice", "auto")},
          {"tools", or_default("tools", Json::array())},
          {"top_logprobs", 0},
          {"top_p", or_default("top_p", 1.0)},
          {"truncation", "disabled"},
          {"user", nullptr},
          {"metadata", or_default("metadata", Json::object())}};
}

void EventWriter::send(std::string_view type, Json members, std::int64_t tokens) {
  Json event{{"type", type}, {"sequence_number", sequence_++}};
  event.update(members);
  auto const data = data_event(event);
  out_.event(named_ ? "event: " + std::string(type) + "\n" + data : data, tokens);
}

}  // namespace tsg::sim
