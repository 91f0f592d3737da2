#include "providers/gemini/logprobs.hpp"

#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

// {"token","tokenId","logProbability"}: absent means 0, as everywhere in proto3.
void write_token(json::Writer& w, RawNode const& candidate) {
  auto const token = text_of(candidate["token"]);
  auto const probability = candidate["logProbability"];
  bool const number =
      !probability.empty() && (probability[0] == '-' || (probability[0] >= '0' && probability[0] <= '9'));
  w.key("token").string(token).key("logprob").raw(number ? probability : "0");
  w.key("bytes").begin_array();
  for (char const c : token) w.integer(static_cast<unsigned char>(c));
  w.end_array();
}

}  // namespace

std::string logprobs_of(RawNode const& candidate) {
  auto const result = candidate.child("logprobsResult");
  auto const chosen = result.child("chosenCandidates");
  if (chosen.empty()) return {};
  auto const top = result.child("topCandidates");
  std::string out;
  json::Writer w{out};
  w.begin_object().key("content").begin_array();
  std::size_t i = 0;
  for (auto const& element : chosen.members()) {
    w.begin_object();
    write_token(w, chosen.child(element));
    w.key("top_logprobs").begin_array();
    if (i < top.members().size()) {
      auto const step = top.child(top.members()[i]);
      auto const others = step.child("candidates");
      for (auto const& other : others.members()) {
        w.begin_object();
        write_token(w, others.child(other));
        w.end_object();
      }
    }
    w.end_array().end_object();
    ++i;
  }
  w.end_array().key("refusal").null().end_object();
  return out;
}

}  // namespace tsg::providers::gemini
