// One model for each way a request can go, with the rules of the built-in catalogue.
#pragma once
#include <nlohmann/json.hpp>

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers::every {

using Json = nlohmann::json;

struct Way {
  std::string dialect, provider, model;
  bool same = false;  // the client's own dialect: bytes go on as they are
};
inline std::ostream& operator<<(std::ostream& out, Way const& way) {
  return out << way.dialect << ' ' << way.model;
}

inline std::vector<Way> const kWays{
    {"openai", "openai", "gpt-4o", true},
    {"openai", "openai", "gpt-5.5-pro"},  // Responses
    {"anthropic", "anthropic", "claude-haiku-4-5"},
    {"anthropic", "anthropic", "claude-opus-5-5"},
    {"gemini", "gemini", "gemini-3.8-flash"},
    {"gemini", "gemini", "gemini-2.5-flash"},
    {"xai", "xai", "grok-4.6"},                      // Responses
    {"xai", "xai", "grok-4.20-0309-non-reasoning"},  // chat
    {"perplexity", "perplexity", "perplexity/sonar"},
    {"perplexity-sonar", "perplexity", "sonar-pro"},
};

inline EncodeContext to(Way const& way) {
  static auto const loaded = catalog::Catalog::load(catalog::Catalog::built_in());
  auto c = to_model(way.model);
  c.model = c.family = loaded.catalog->find(way.provider, way.model);
  EXPECT_NE(c.model, nullptr) << way;
  return c;
}

// `members` replace and extend a plain request.
inline std::string body(std::string const& members) {
  auto all = Json::parse(R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})");
  all.update(Json::parse(members));
  return all.dump();
}
inline Result<UpstreamRequest> encode(Way const& way, std::string const& members, bool strict = false) {
  auto request = chat(body(members));
  request.strict = strict;
  return adapter_for(way.dialect)->encode(request, to(way));
}
// Whether the request goes on as it is: the provider judges its own words.
inline bool own_dialect(Way const& way, std::string const& members) {
  return adapter_for(way.dialect)->treatments(chat(body(members)), to(way)) == nullptr;
}
// The request as it leaves; null and a failure if it was refused.
inline Json sent(Way const& way, std::string const& members) {
  auto const out = encode(way, members);
  if (!out) {
    ADD_FAILURE() << way << ": " << out.error().message();
    return {};
  }
  return Json::parse(out->body);
}

}  // namespace tsg::providers::every
