#include "golden/cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "fuzz/properties.hpp"
#include "replay/recordings.hpp"
#include "replay/shapes.hpp"
#include "support/chat_bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::golden {
namespace {

using namespace providers;
namespace fs = std::filesystem;

std::string shown(Error const& error) {
  return std::string{"error "} + std::string{to_string(error.code())} + ": " + std::string{error.message()} +
         "\n";
}

DecodeContext context(Wire wire, Operation operation, bool include_usage) {
  DecodeContext c;
  c.wire = wire;
  c.operation = operation;
  c.asked_model = "asked";
  c.id = "chatcmpl-1";
  c.created = 1'795'000'000;
  c.include_usage = include_usage;
  return c;
}

// What a client gets of a streamed answer, and what is booked.
std::string stream_bytes(std::string_view dialect, DecodeContext const& c, std::string_view wire) {
  auto const decoder = chat_bytes(*adapter_for(dialect), c);
  std::string out;
  auto ended = decoder->feed(wire, out);
  if (ended) ended = decoder->finish(out);
  out += ended ? decoder->tail("p", Nano{1}) : shown(ended.error());
  auto const& u = decoder->usage();
  out += "usage " + std::to_string(u.reported) + " " + std::to_string(u.input_total()) + " " +
         std::to_string(u.output_total()) + " model " + decoder->model() + "\n";
  return out;
}

// Of choice 0, else of the first; "" of embeddings.
std::string finish_of_first(std::string const& shown) {
  auto const object = nlohmann::json::parse(shown);
  auto const choices = object.value("choices", nlohmann::json::array());
  std::string out;
  for (auto const& choice : choices)
    if (out.empty() || choice.value("index", 0) == 0) out = choice["finish_reason"];
  return out;
}

std::string plain_bytes(std::string_view dialect, DecodeContext const& c, std::string_view body) {
  auto const answer = adapter_for(dialect)->decode(body, c);
  if (!answer) return shown(answer.error());
  auto const& u = answer->usage;
  auto const shown = finish_answer(*answer, c, "p", Nano{1});
  return shown + "\nusage " + std::to_string(u.reported) + " " + std::to_string(u.input_total()) + " " +
         std::to_string(u.output_total()) + " finish " + finish_of_first(shown) + "\n";
}

std::string error_bytes(std::string_view dialect, int status, std::string_view body) {
  return shown(
      adapter_for(dialect)->decode_error(status, body, [](std::string_view) { return std::string_view{}; }));
}

// What a provider is sent for a client's request.
std::string upstream_bytes(std::string_view dialect, std::string_view api, Operation operation,
                           std::string const& body) {
  auto const request =
      operation == Operation::embeddings ? read_embeddings_request(body, {}) : read_chat_request(body, {});
  if (!request) return shown(request.error());
  EncodeContext c;
  c.upstream_model = "m";
  c.output_limit = 100;
  c.api = api;
  auto const out = adapter_for(dialect)->encode(*request, c);
  if (!out) return shown(out.error());
  std::string text = out->path + "\n";
  out->headers.append_to(text);
  text += out->body + "\n";
  for (auto const& name : out->dropped) text += "dropped " + name + "\n";
  return text;
}

void add_upstream(std::vector<Case>& out, std::string const& input, Operation operation,
                  std::string const& body) {
  for (auto const dialect : dialects())
    for (std::string_view const api : {"chat", "responses"}) {
      if (api == "responses" && dialect != "openai" && dialect != "xai") continue;
      out.push_back({input + "/to_" + std::string{dialect} + "_" + std::string{api},
                     [=] { return upstream_bytes(dialect, api, operation, body); }});
    }
}

void add_recordings(std::vector<Case>& out, std::string const& provider) {
  for (auto& r : replay::recordings(provider)) {
    auto const shape = replay::shape_of(provider, r.meta.value("endpoint", ""));
    if (!shape) continue;
    auto const input = "recording/" + provider + "/" + r.name;
    auto const [dialect, wire, operation] = *shape;
    auto const body = r.body;
    if (r.status >= 300)
      out.push_back(
          {input + "/error", [=, status = r.status] { return error_bytes(dialect, status, body); }});
    else if (!r.stream)
      out.push_back(
          {input + "/plain", [=] { return plain_bytes(dialect, context(wire, operation, false), body); }});
    else
      for (bool const asked : {false, true})
        out.push_back({input + (asked ? "/stream_with_usage" : "/stream"),
                       [=] { return stream_bytes(dialect, context(wire, operation, asked), body); }});
    if (provider == "openai" && wire != Wire::responses && !r.request.empty())
      add_upstream(out, input, operation, r.request);
  }
}

std::map<std::string, std::string> corpus(std::string const& target) {
  std::map<std::string, std::string> out;
  for (auto const& file :
       fs::directory_iterator{fs::path{__FILE__}.parent_path().parent_path() / "fuzz/corpus" / target})
    out[file.path().filename().string()] = replay::slurp(file.path());
  return out;
}

// As the fuzz targets read them: the first byte chooses.
void add_corpora(std::vector<Case>& out) {
  for (auto const& decoder : fuzz::kDecoders) {
    auto const target = "decoder_" + std::string{decoder.name};
    for (auto const& [name, bytes] : corpus(target)) {
      if (bytes.empty()) continue;
      auto const choice = static_cast<unsigned char>(bytes.front());
      auto const body = bytes.substr(1);
      auto const c = context(decoder.wire, Operation::chat, (choice & 0x20) == 0);
      auto const dialect = decoder.dialect;
      auto const input = "corpus/" + target + "/" + name;
      if (choice >= 0xc0)
        out.push_back(
            {input + "/error", [=] { return error_bytes(dialect, 400 + (choice & 0x3f) * 4, body); }});
      else if (choice >= 0x80)
        out.push_back({input + "/plain", [=] { return plain_bytes(dialect, c, body); }});
      else
        out.push_back({input + "/stream", [=] { return stream_bytes(dialect, c, body); }});
    }
  }
  for (auto const& [name, bytes] : corpus("request")) {
    if (bytes.empty()) continue;
    auto const chosen =
        static_cast<unsigned char>(bytes.front()) >= 0x80 ? Operation::embeddings : Operation::chat;
    add_upstream(out, "corpus/request/" + name, chosen, bytes.substr(1));
  }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> out;
  add_corpora(out);
  for (auto const* provider : {"anthropic", "gemini", "openai", "perplexity", "xai"})
    add_recordings(out, provider);
  std::ranges::sort(out, {}, &Case::name);
  return out;
}

}  // namespace tsg::golden
