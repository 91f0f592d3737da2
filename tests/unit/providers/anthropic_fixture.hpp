// Requests to Anthropic's models, with the rules of the built-in catalogue.
#pragma once
#include <nlohmann/json.hpp>

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {

using Json = nlohmann::json;

inline catalog::Catalog const& built_in_catalog() {
  static auto const loaded = catalog::Catalog::load(catalog::Catalog::built_in());
  return *loaded.catalog;
}

inline EncodeContext to_claude(std::string model, std::optional<std::int64_t> limit = {}) {
  auto c = to_model(std::move(model), limit);
  c.model = built_in_catalog().find("anthropic", c.upstream_model);
  c.family = c.model ? c.model : built_in_catalog().family("anthropic", c.upstream_model);
  return c;
}

// `members` follow the model and the messages: ",\"seed\":7".
inline std::string asking_claude(std::string const& messages, std::string const& members = "") {
  return R"({"model":"m","messages":)" + messages + members + "}";
}
inline std::string const kHello = R"([{"role":"user","content":"Hello"}])";

inline Result<UpstreamRequest> claude(std::string const& body, EncodeContext const& context) {
  return adapter_for("anthropic")->encode(chat(body), context);
}
// The body that would be sent; {} and a failure if it was refused.
inline Json sent(std::string const& body, EncodeContext const& context) {
  auto const out = claude(body, context);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return Json::object();
  }
  return Json::parse(out->body);
}
inline Json sent(std::string const& body, std::string const& model = "claude-opus-5-5") {
  return sent(body, to_claude(model));
}
// What it was refused for, "" if it was not: "unsupported_parameter tools[0]".
inline std::string refusal(std::string const& body, std::string const& model = "claude-opus-5-5") {
  auto const out = claude(body, to_claude(model));
  if (out) return "";
  return std::string{to_string(out.error().code())} + " " + out.error().peek()->param;
}
inline std::vector<std::string> dropped(std::string const& body,
                                        std::string const& model = "claude-opus-5-5") {
  auto const out = claude(body, to_claude(model));
  return out ? out->dropped : std::vector<std::string>{"refused: " + std::string{out.error().message()}};
}

}  // namespace tsg::providers
