// Requests to Gemini models of the built-in catalogue, and answers of theirs.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers::gemini_test {

using Json = nlohmann::json;

inline ProviderAdapter const& gemini() {
  return *adapter_for("gemini");
}
inline catalog::Catalog const& models() {
  static auto const loaded = catalog::Catalog::load(catalog::Catalog::built_in());
  return *loaded.catalog;
}
inline EncodeContext at(std::string const& model) {
  EncodeContext c;
  c.upstream_model = model;
  c.model = models().find("gemini", model);
  c.family = c.model ? c.model : models().family("gemini", model);
  return c;
}

inline constexpr auto kFlash = "gemini-3.8-flash", kOld = "gemini-2.5-flash";

// `members` go beside model and messages; a `messages` among them replaces the usual one.
inline Json body(Json members, std::string const& model) {
  Json out{{"model", model}, {"messages", {{{"role", "user"}, {"content", "Hi"}}}}};
  out.update(members);
  return out;
}
inline Result<UpstreamRequest> encode(Json const& members, std::string const& model = kFlash) {
  return gemini().encode(chat(body(members, model).dump()), at(model));
}
inline Json sent(Json const& members, std::string const& model = kFlash) {
  auto const out = encode(members, model);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return {};
  }
  return Json::parse(out->body);
}
inline Json config(Json const& members, std::string const& model = kFlash) {
  return sent(members, model).value("generationConfig", Json::object());
}
// "code param", as the client will read it; "" if it was encoded.
inline std::string refused(Json const& members, std::string const& model = kFlash) {
  auto const out = encode(members, model);
  return out ? "" : std::string{to_string(out.error().code())} + " " + out.error().peek()->param;
}
inline std::vector<std::string> dropped(Json const& members, std::string const& model = kFlash) {
  auto const out = encode(members, model);
  return out ? out->dropped : std::vector<std::string>{"refused: " + std::string{out.error().message()}};
}

inline Json assistant(Json calls, Json content = nullptr) {
  return {{"role", "assistant"}, {"content", std::move(content)}, {"tool_calls", std::move(calls)}};
}
inline Json call(std::string const& id, std::string const& name = "f", std::string const& arguments = "{}") {
  return {{"id", id}, {"type", "function"}, {"function", {{"name", name}, {"arguments", arguments}}}};
}
inline Json result(std::string const& id, Json content) {
  return {{"role", "tool"}, {"tool_call_id", id}, {"content", std::move(content)}};
}
inline Json user(Json content) {
  return {{"role", "user"}, {"content", std::move(content)}};
}

// -- answers
// -----------------------------------------------------------------------------------------------------

inline Json candidate(Json parts, std::string const& reason = "STOP") {
  Json out{{"content", {{"role", "model"}, {"parts", std::move(parts)}}}, {"index", 0}};
  if (!reason.empty()) out["finishReason"] = reason;
  return out;
}
inline Json record(Json candidate,
                   Json usage = {
                       {"promptTokenCount", 5}, {"candidatesTokenCount", 2}, {"totalTokenCount", 7}}) {
  return {{"candidates", {std::move(candidate)}},
          {"usageMetadata", std::move(usage)},
          {"modelVersion", kFlash},
          {"responseId", "r1"}};
}
inline DecodeContext decoding() {
  auto c = asking(true);
  c.wire = Wire::native;
  c.id = "chatcmpl-019ab000-0000-7000-8000-0123456789ab";
  return c;
}
inline Json answered(Json const& native) {
  auto const answer = gemini().decode(native.dump(), decoding());
  if (!answer) {
    ADD_FAILURE() << answer.error().peek()->log;
    return {};
  }
  return Json::parse(finish_answer(*answer, decoding(), "gemini", Nano{1}));
}

}  // namespace tsg::providers::gemini_test
