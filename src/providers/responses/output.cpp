#include "providers/responses/output.hpp"

#include <utility>

#include "providers/openai/adapter.hpp"
#include "providers/openai_shape.hpp"
#include "providers/responses/logprobs.hpp"

namespace tsg::providers::responses {
namespace {

// `said`: characters of the text so far.
void read_message(RawNode const& item, WholeChoice& choice, std::string& logprobs, std::int64_t& said) {
  auto const parts = item.child("content");
  for (auto const& element : parts.members()) {
    auto const part = parts.child(element);
    auto const type = text_of(part["type"]);
    if (type == "refusal") choice.items.emplace_back(ItemKind::refusal, text_of(part["refusal"]));
    if (type != "output_text") continue;
    auto const shift = said;
    auto text = text_of(part["text"]);
    said += characters(text);
    if (!text.empty()) choice.items.emplace_back(ItemKind::text, std::move(text));
    append_logprobs(logprobs, part);
    auto const annotations = part.child("annotations");
    for (auto const& a : annotations.members())
      if (auto cited = annotation_of(annotations.child(a), shift); !cited.empty())
        choice.citations.push_back(std::move(cited));
  }
}

// The summary, or the thoughts themselves from those who give them; paragraphs apart.
void read_reasoning(RawNode const& item, WholeChoice& choice, bool& thought) {
  WholeItem out{ItemKind::thought, ""};
  for (std::string_view const list : {"summary", "content"}) {
    auto const parts = item.child(list);
    for (auto const& element : parts.members()) {
      auto const text = text_of(parts.child(element)["text"]);
      if (!text.empty() && std::exchange(thought, true)) out.text += "\n\n";
      out.text += text;
    }
    if (!parts.empty()) break;
  }
  out.sealed = text_of(item["encrypted_content"]);
  if (!out.text.empty() || !out.sealed.empty()) choice.items.push_back(std::move(out));
}

// §2.8: fees that usage does not tell. A search counts, opening a page it found does not.
void count_hosted(std::string_view type, RawNode const& item, catalog::Usage& hosted) {
  if (type == "web_search_call") {
    auto const action = text_of(item.child("action")["type"]);
    hosted.web_searches += action.empty() || action == "search";
  }
  if (type == "file_search_call") ++hosted.file_searches;
  if (type == "code_interpreter_call") ++hosted.code_executions;
}

}  // namespace

Error failed(RawNode const& root, Flavour const& flavour) {
  return told_inside(root, flavour.refine);
}

std::int64_t characters(std::string_view text) noexcept {
  return conversation::characters(text);
}

std::string annotation_of(RawNode const& annotation, std::int64_t shift) {
  auto const url = text_of(annotation["url"]);
  if (text_of(annotation["type"]) != "url_citation" || url.empty()) return {};
  auto const begin = count_of(annotation["start_index"]), end = count_of(annotation["end_index"]);
  return url_citation(url, text_of(annotation["title"]), begin.value_or(0) + shift, end.value_or(0) + shift);
}

bool is_call(RawNode const& item, Flavour const& flavour) {
  auto const type = text_of(item["type"]);
  if (type != "function_call" && type != "custom_tool_call") return false;
  return !flavour.own_call || !flavour.own_call(text_of(item["name"]));
}

WholeItem read_call(RawNode const& item) {
  bool const custom = text_of(item["type"]) == "custom_tool_call";
  auto name = text_of(item["name"]);
  auto id = text_of(item["call_id"]);
  if (id.empty()) id = text_of(item["id"]);
  auto const told = item[custom ? "input" : "arguments"];
  auto arguments = is_object(told) ? std::string{told} : text_of(told);  // loose servers give the object
  if (arguments.empty() && !custom) arguments = "{}";
  auto call = providers::whole_call(std::move(id), std::move(name), std::move(arguments));
  if (custom) call.kind = ItemKind::custom_call;
  return call;
}

Output read_output(RawNode const& items, Flavour const& flavour) {
  Output out;
  MemoBook memos{flavour};
  std::string logprobs;
  std::int64_t said = 0;
  bool thought = false;
  for (auto const& element : items.members()) {
    auto const item = items.child(element);
    auto const type = text_of(item["type"]);
    if (type == "message") {
      read_message(item, out.choice, logprobs, said);
      memos.message(item);
    } else if (type == "reasoning") {
      read_reasoning(item, out.choice, thought);
      memos.reasoning(item);
    } else if (is_call(item, flavour)) {
      out.choice.items.push_back(read_call(item));
      memos.call(item, out.choice.items.back().id);
    } else if (type == "search_results") {
      out.sources.add_results(item.child("results"));
    } else if (flavour.bills_tool_items) {
      count_hosted(type, item, out.hosted);
    }
  }
  out.memos = memos.take();
  out.choice.logprobs = logprobs_of(logprobs);
  if (out.choice.citations.empty() && !out.sources.empty()) {
    CitationMarks marks;
    marks.feed(out.choice.joined(ItemKind::text));
    out.choice.citations = out.sources.annotations(marks.found());
  }
  return out;
}

Result<std::string_view> finish_of(RawNode const& response, bool has_calls, Flavour const& flavour) {
  auto const status = text_of(response["status"]);
  auto const error = response["error"];
  if (status == "failed" || status == "cancelled" || (!error.empty() && !is_null(error)))
    return failed(response, flavour);
  if (status == "incomplete") {
    auto const reason = text_of(response.child("incomplete_details")["reason"]);
    return std::string_view{reason == "content_filter" ? "content_filter" : "length"};
  }
  if (!status.empty() && status != "completed" && !(status == "requires_action" && has_calls))
    return broken_answer("a response that has not ended");
  return std::string_view{has_calls ? "tool_calls" : "stop"};
}

catalog::Usage usage_of(RawNode const& response, catalog::Usage const& hosted, Flavour const& flavour) {
  auto usage = catalog::Usage{};
  if (auto const told = response.child("usage"); !told.empty()) usage = flavour.usage(told);
  usage.web_searches += hosted.web_searches;
  usage.file_searches += hosted.file_searches;
  usage.code_executions += hosted.code_executions;
  usage.service_tier = openai::read_tier(response["service_tier"]);
  return usage;
}

}  // namespace tsg::providers::responses
