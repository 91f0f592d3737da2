#include "providers/openai_shape.hpp"

#include <algorithm>
#include <array>

#include "tsg/core/bytes.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

constexpr std::array<std::string_view, 5> kLegal{"stop", "length", "tool_calls", "content_filter",
                                                 "function_call"};

struct Synonym {
  std::string_view word, reason;
};
// Words of servers that speak the dialect loosely, and of the other four providers.
constexpr std::array kSynonyms{
    Synonym{"max_tokens", "length"},
    Synonym{"max_output_tokens", "length"},
    Synonym{"model_context_window_exceeded", "length"},
    Synonym{"MAX_TOKENS", "length"},
    Synonym{"tool_use", "tool_calls"},
    Synonym{"safety", "content_filter"},
    Synonym{"SAFETY", "content_filter"},
    Synonym{"refusal", "content_filter"},
    Synonym{"RECITATION", "content_filter"},
    Synonym{"PROHIBITED_CONTENT", "content_filter"},
    Synonym{"BLOCKLIST", "content_filter"},
    Synonym{"SPII", "content_filter"},
};

struct Meaning {
  std::string_view word;
  conversation::Stop stop;
};
// Those that the five do not tell apart come first.
constexpr std::array kMeanings{
    Meaning{"stop_sequence", conversation::Stop::sequence},
    Meaning{"pause_turn", conversation::Stop::pause},
    Meaning{"refusal", conversation::Stop::refusal},
    Meaning{"model_context_window_exceeded", conversation::Stop::context_full},
    Meaning{"length", conversation::Stop::length},
    Meaning{"tool_calls", conversation::Stop::calls},
    Meaning{"function_call", conversation::Stop::calls},
    Meaning{"content_filter", conversation::Stop::filter},
};

bool blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// A comma unless nothing stands before `close` in its object.
std::string_view comma_before(std::string_view body, std::size_t close) noexcept {
  while (close > 0 && blank(body[close - 1])) --close;
  return close > 0 && body[close - 1] == '{' ? "" : ",";
}

void append_flat(std::string& out, catalog::Usage const& u, Operation operation, std::optional<Nano> cost) {
  out += "\"input_tokens\":";
  append_int(out, u.input_total());
  if (operation == Operation::chat) {
    out += ",\"output_tokens\":";
    append_int(out, u.output_total());
  }
  out += ",\"cost_usd\":";
  if (cost)
    append_usd(out, *cost);
  else
    out += "null";
}

// Strict readers, ours of an answer among them, take no member twice: the last stays.
void erase_repeated(json::Edits& edits, RawNode const& node) {
  for (auto const& m : node.members()) {
    if (m.key_span.size() != 0 && node.find(m.key) != &m)
      edits.erase_member(node.text(), m);
    else if (is_object(node.raw(m)))
      erase_repeated(edits, node.child(m));
  }
}

}  // namespace

bool legal_finish_reason(std::string_view word) noexcept {
  return std::ranges::find(kLegal, word) != kLegal.end();
}

std::string_view finish_reason(std::string_view word) noexcept {
  if (word.empty()) return "";
  if (auto const* legal = std::ranges::find(kLegal, word); legal != kLegal.end()) return *legal;
  auto const* known = std::ranges::find(kSynonyms, word, &Synonym::word);
  return known != kSynonyms.end() ? known->reason : "stop";
}

conversation::Stop stop_meant(std::string_view word) noexcept {
  for (auto const said : {word, finish_reason(word)})
    if (auto const* known = std::ranges::find(kMeanings, said, &Meaning::word); known != kMeanings.end())
      return known->stop;
  return conversation::Stop::end;
}

std::string_view finish_reason(conversation::Stop stop) noexcept {
  using conversation::Stop;
  switch (stop) {
    case Stop::length:
    case Stop::context_full:
      return "length";
    case Stop::calls:
      return "tool_calls";
    case Stop::filter:
    case Stop::refusal:
      return "content_filter";
    case Stop::end:
    case Stop::sequence:
    case Stop::pause:
    case Stop::other:
      break;
  }
  return "stop";
}

void append_event(std::string& out, std::string_view data) {
  out += "data: ";
  auto const at = out.size();
  out += data;
  // A line feed in valid JSON is white space between tokens.
  for (auto i = out.find('\n', at); i != std::string::npos; i = out.find('\n', i)) out[i] = ' ';
  out += "\n\n";
}

std::string chunk_of(ChunkHead const& head, std::int64_t index, std::string_view delta,
                     std::string_view finish, bool usage_null, std::string_view logprobs) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("id").string(head.id).key("object").string("chat.completion.chunk");
  w.key("created").integer(head.created).key("model").string(head.model).key("choices").begin_array();
  w.begin_object().key("index").integer(index).key("delta").raw(delta).key("logprobs").raw(logprobs);
  w.key("finish_reason");
  if (finish.empty())
    w.null();
  else
    w.string(finish);
  w.end_object().end_array();
  if (usage_null) w.key("usage").null();
  w.end_object();
  return out;
}

std::string usage_object(catalog::Usage const& u, Operation operation) {
  std::string out;
  json::Writer w{out};
  auto const in = u.input_total(), produced = u.output_total();
  w.begin_object().key("prompt_tokens").integer(in);
  if (operation == Operation::embeddings) {
    w.key("total_tokens").integer(in).end_object();
    return out;
  }
  w.key("completion_tokens").integer(produced).key("total_tokens").integer(in + produced);
  auto const written = u.cache_write_5m + u.cache_write_30m + u.cache_write_1h + u.cache_write_12h;
  w.key("prompt_tokens_details").begin_object();
  w.key("cached_tokens").integer(u.cached_input + u.cached_input_audio);
  if (written != 0) w.key("cache_write_tokens").integer(written);
  w.key("audio_tokens").integer(u.input_audio + u.cached_input_audio);
  if (u.input_image != 0) w.key("image_tokens").integer(u.input_image);
  w.end_object();
  w.key("completion_tokens_details").begin_object().key("reasoning_tokens").integer(u.reasoning);
  w.key("audio_tokens").integer(u.output_audio).key("accepted_prediction_tokens").integer(0);
  w.key("rejected_prediction_tokens").integer(0).end_object();
  w.end_object();
  return out;
}

std::string url_citation(std::string_view url, std::string_view title, std::int64_t start, std::int64_t end) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("url_citation").key("url_citation").begin_object();
  w.key("start_index").integer(start).key("end_index").integer(end);
  w.key("url").string(url).key("title").string(title).end_object().end_object();
  return out;
}

void edit_collisions(json::Edits& edits, RawNode const& root, bool usable_usage) {
  for (auto const& m : root.members()) {
    if (m.key == "content" || m.key == "provider" || (m.key == "error" && is_null(root.raw(m))))
      edits.erase_member(root.text(), m);
    if (m.key != "usage") continue;
    if (!is_object(root.raw(m)) || !usable_usage) {
      edits.erase_member(root.text(), m);
      continue;
    }
    auto const usage = root.child(m);
    if (usage.repeats()) erase_repeated(edits, usage);
    for (auto const& u : usage.members())
      if ((u.key == "cost_usd" || u.key == "input_tokens" || u.key == "output_tokens") &&
          usage.find(u.key) == &u)
        edits.erase_member(root.text(), u);
  }
}

Shaped shape(RawNode const& root, json::Edits const& edits) {
  Shaped out;
  auto const note = [&out](RawNode const& node) {
    if (auto const* usage = node.find("usage"); usage && is_object(node.raw(*usage)))
      out.usage_end = usage->value.end - 1;
  };
  if (edits.empty()) {
    note(root);
    out.body = root.text();
    return out;
  }
  out.body = edits.apply(root.text());
  if (auto again = RawNode::parse(out.body)) note(*again);
  return out;
}

std::string splice(std::string_view body, std::size_t usage_end, catalog::Usage const& usage, bool known,
                   Operation operation, std::string_view members, std::string_view provider,
                   std::optional<Nano> cost) {
  auto const close = body.rfind('}');
  std::string out;
  out.reserve(body.size() + members.size() + provider.size() + 320);
  if (usage_end != std::string::npos) {
    out += body.substr(0, usage_end);
    out += comma_before(body, usage_end);
    append_flat(out, usage, operation, cost);
    out += body.substr(usage_end, close - usage_end);
  } else {
    out += body.substr(0, close);
    out += comma_before(body, close);
    out += "\"usage\":";
    if (known) {
      out += usage_object(usage, operation);
      out.back() = ',';
      append_flat(out, usage, operation, cost);
      out += '}';
    } else {
      out += "null";
    }
  }
  out += members;
  out += ",\"provider\":";
  json::append_string(out, provider);
  out += body.substr(close);
  return out;
}

std::string stream_tail(Shaped const& usage_chunk, catalog::Usage const& usage, bool known,
                        bool include_usage, std::string_view provider, std::optional<Nano> cost) {
  std::string out;
  if (include_usage)
    append_event(out, splice(usage_chunk.body, usage_chunk.usage_end, usage, known, Operation::chat, "",
                             provider, cost));
  out += "data: [DONE]\n\n";
  return out;
}

Shaped usage_chunk(ChunkHead const& head, std::string_view usage_raw) {
  Shaped out;
  json::Writer w{out.body};
  w.begin_object().key("id").string(head.id).key("object").string("chat.completion.chunk");
  w.key("created").integer(head.created).key("model").string(head.model);
  w.key("choices").begin_array().end_array();
  if (!usage_raw.empty()) w.key("usage").raw(usage_raw);
  w.end_object();
  if (!usage_raw.empty()) out.usage_end = out.body.size() - 2;
  return out;
}

}  // namespace tsg::providers
