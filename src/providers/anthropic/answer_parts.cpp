#include "providers/anthropic/answer_parts.hpp"

#include <algorithm>

#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {

std::string annotation_of(RawNode const& citation, std::int64_t begin, std::int64_t end) {
  auto const type = text_of(citation["type"]);
  if (type == "web_search_result_location")
    return url_citation(text_of(citation["url"]), text_of(citation["title"]), begin, end);
  if (type == "search_result_location")  // the client's own search result
    return url_citation(text_of(citation["source"]), text_of(citation["title"]), begin, end);
  return {};
}

std::int64_t characters(std::string_view utf8) noexcept {
  return std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

std::string_view stop_word(std::string_view stop_reason, bool calls) noexcept {
  if (calls && (stop_reason == "end_turn" || stop_reason.empty())) return "tool_use";
  return stop_reason.empty() ? "end_turn" : stop_reason;
}

std::string refusal_text(RawNode const& stop_details) {
  auto text = text_of(stop_details["explanation"]);
  return text.empty() ? "The model declined to answer this request." : text;
}

void waive(catalog::Usage& usage) {
  usage.reported_cost = Nano{0};
}

std::string thinking_block(std::string_view thinking, std::string_view signature) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("thinking").key("thinking").string(thinking);
  w.key("signature").string(signature).end_object();
  return out;
}

}  // namespace tsg::providers::anthropic
