#include "providers/responses/logprobs.hpp"

#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {
namespace {

bool is_number(std::string_view raw) noexcept {
  return !raw.empty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
}

// Clients of chat need all members; deltas come without `bytes`.
void write_token(json::Writer& w, RawNode const& entry) {
  auto const token = entry["token"], probability = entry["logprob"], bytes = entry["bytes"];
  w.key("token").raw(is_string(token) ? token : "\"\"");
  w.key("logprob").raw(is_number(probability) ? probability : "0");
  w.key("bytes").raw(is_array(bytes) ? bytes : "null");
}

}  // namespace

void append_logprobs(std::string& list, RawNode const& part) {
  auto const entries = part.child("logprobs");
  for (auto const& element : entries.members()) {
    auto const entry = entries.child(element);
    auto const others = entry.child("top_logprobs");
    if (!list.empty()) list += ',';
    json::Writer w{list};
    w.begin_object();
    write_token(w, entry);
    w.key("top_logprobs").begin_array();
    for (auto const& other : others.members()) {
      w.begin_object();
      write_token(w, others.child(other));
      w.end_object();
    }
    w.end_array().end_object();
  }
}

std::string logprobs_of(std::string_view list) {
  if (list.empty()) return {};
  std::string out = R"({"content":[)";
  out += list;
  return out += R"(],"refusal":null})";
}

}  // namespace tsg::providers::responses
