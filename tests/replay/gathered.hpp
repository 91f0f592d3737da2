// An OpenAI answer, whole or streamed, as a client puts it together; and a decoder run over a cut recording.
#pragma once
#include <sstream>
#include <string>
#include <vector>

#include "replay/recordings.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::replay {

inline std::string text_in(nlohmann::json const& object, char const* key) {
  return object.is_object() && object.contains(key) && object[key].is_string()
             ? object[key].get<std::string>()
             : "";
}
inline std::int64_t count_in(nlohmann::json const& object, char const* key) {
  return object.is_object() && object.contains(key) && object[key].is_number()
             ? object[key].get<std::int64_t>()
             : 0;
}

inline std::vector<nlohmann::json> events_of(std::string const& wire) {
  std::vector<nlohmann::json> out;
  std::istringstream lines{wire};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("data: {")) out.push_back(nlohmann::json::parse(line.substr(6), nullptr, false));
  return out;
}

struct Answered {
  std::string content, refusal, finish;
  std::vector<std::string> calls;  // id|name|arguments
  std::size_t citations = 0;       // url_citation annotations
  nlohmann::json usage, top;       // top: the usage chunk, or the whole answer
  bool same(Answered const& o) const {
    return content == o.content && refusal == o.refusal && finish == o.finish && calls == o.calls;
  }
};

inline void add_call(Answered& a, nlohmann::json const& call, std::size_t at) {
  if (at >= a.calls.size()) a.calls.resize(at + 1);
  if (call.contains("id")) a.calls[at] += call["id"].get<std::string>() + "|";
  if (!call.contains("function")) return;
  if (call["function"].contains("name")) a.calls[at] += call["function"]["name"].get<std::string>() + "|";
  a.calls[at] += text_in(call["function"], "arguments");
}

inline Answered whole_answer(nlohmann::json const& body) {
  Answered a;
  auto const& choice = body["choices"][0];
  auto const& message = choice["message"];
  a.content = text_in(message, "content");
  a.refusal = text_in(message, "refusal");
  a.finish = text_in(choice, "finish_reason");
  if (message.contains("tool_calls"))
    for (auto const& call : message["tool_calls"]) add_call(a, call, a.calls.size());
  if (message.contains("annotations")) a.citations = message["annotations"].size();
  a.usage = body.value("usage", nlohmann::json{});
  a.top = body;
  return a;
}

inline Answered streamed_answer(std::string const& wire) {
  Answered a;
  for (auto const& e : events_of(wire)) {
    if (e["choices"].empty()) a.top = e;
    if (e.contains("usage") && e["usage"].is_object()) a.usage = e["usage"];
    for (auto const& c : e["choices"]) {
      auto const& d = c["delta"];
      a.content += text_in(d, "content");
      a.refusal += text_in(d, "refusal");
      a.finish += text_in(c, "finish_reason");
      if (d.contains("annotations")) a.citations += d["annotations"].size();
      if (d.contains("tool_calls"))
        for (auto const& call : d["tool_calls"]) add_call(a, call, call["index"].get<std::size_t>());
    }
  }
  return a;
}

struct Fed {
  std::string out, error;
  std::unique_ptr<providers::ChatBytes> decoder;
};
inline Fed fed(std::string_view dialect, providers::DecodeContext const& context,
               std::vector<std::string> const& pieces) {
  Fed f;
  f.decoder = providers::chat_bytes(*providers::adapter_for(dialect), context);
  for (auto const& piece : pieces)
    if (auto ok = f.decoder->feed(piece, f.out); !ok) {
      f.error = to_string(ok.error().code());
      return f;
    }
  if (auto end = f.decoder->finish(f.out); !end) f.error = to_string(end.error().code());
  return f;
}

// Whole, byte by byte, and cut by three seeds: the same. "" = good.
inline std::string differs_when_cut(std::string_view dialect, providers::DecodeContext const& context,
                                    std::string const& wire, Fed const& whole) {
  for (unsigned const seed : {0u, 1u, 2u, 3u}) {
    auto const cut_up = fed(dialect, context, cut(wire, seed));
    if (cut_up.out != whole.out || cut_up.error != whole.error)
      return "differs when cut, seed " + std::to_string(seed);
    if (cut_up.decoder->tail("p", {}) != whole.decoder->tail("p", {})) return "tail differs when cut";
  }
  return "";
}

inline void print_table(std::string const& title, std::map<std::string, std::pair<int, int>> const& table) {
  std::string out = title + ": outcome per kind\n";
  for (auto const& [kind, n] : table)
    out += "  " + kind + ": " + std::to_string(n.first) + "/" + std::to_string(n.second) + "\n";
  std::fputs(out.c_str(), stdout);
}

}  // namespace tsg::replay
