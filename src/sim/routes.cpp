#include "routes.hpp"

#include <array>

namespace tsg::sim {
namespace {

struct Fixed {
  std::string_view path;
  Api const& (*api)();
  RouteKind kind = RouteKind::call;
};

// Paths after the provider's prefix.
constexpr std::array kOpenAi{
    Fixed{"/v1/chat/completions", openai_chat},
    Fixed{"/v1/responses", openai_responses},
    Fixed{"/v1/embeddings", openai_embeddings},
};
constexpr std::array kXai{
    Fixed{"/v1/chat/completions", xai_chat},
    Fixed{"/v1/responses", xai_responses},
    Fixed{"/v1/embeddings", xai_embeddings},
};
constexpr std::array kAnthropic{
    Fixed{"/v1/messages", anthropic_messages},
    Fixed{"/v1/messages/count_tokens", anthropic_messages, RouteKind::count_tokens},
};
constexpr std::array kPerplexity{
    Fixed{"/v1/agent", perplexity_agent},         Fixed{"/v1/responses", perplexity_agent},
    Fixed{"/chat/completions", perplexity_sonar}, Fixed{"/v1/chat/completions", perplexity_sonar},
    Fixed{"/v1/sonar", perplexity_sonar},
};

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Route listing(std::string_view path, std::string_view prefix, Api const& api) {
  if (path == prefix) return {RouteKind::models, &api, {}, false};
  path.remove_prefix(prefix.size() + 1);
  return {RouteKind::model, &api, percent_decoded(path), false};
}

bool under(std::string_view path, std::string_view prefix) {
  return path == prefix ||
         (path.starts_with(prefix) && path.size() > prefix.size() + 1 && path[prefix.size()] == '/');
}

Route gemini_route(std::string_view method, std::string_view path) {
  constexpr std::string_view kModels = "/v1beta/models";
  if (!under(path, kModels)) return {RouteKind::unknown, &gemini_generate(), {}, false};
  if (method == "GET") return listing(path, kModels, gemini_generate());
  auto const rest = path.substr(std::min(path.size(), kModels.size() + 1));
  auto const colon = rest.rfind(':');
  if (method != "POST" || colon == std::string_view::npos)
    return {RouteKind::unknown, &gemini_generate(), {}, false};
  auto const model = percent_decoded(rest.substr(0, colon));
  auto const verb = rest.substr(colon + 1);
  if (verb == "generateContent") return {RouteKind::call, &gemini_generate(), model, false};
  if (verb == "streamGenerateContent") return {RouteKind::call, &gemini_generate(), model, true};
  if (verb == "embedContent") return {RouteKind::call, &gemini_embed(), model, false};
  if (verb == "batchEmbedContents") return {RouteKind::call, &gemini_batch_embed(), model, false};
  if (verb == "countTokens") return {RouteKind::count_tokens, &gemini_generate(), model, false};
  return {RouteKind::unknown, &gemini_generate(), {}, false};
}

template <std::size_t N>
Route fixed_route(std::array<Fixed, N> const& table, std::string_view method, std::string_view path) {
  Api const& first = table.front().api();
  if (method == "GET" && under(path, "/v1/models")) return listing(path, "/v1/models", first);
  for (auto const& entry : table)
    if (method == "POST" && entry.path == path) return {entry.kind, &entry.api(), {}, false};
  return {RouteKind::unknown, &first, {}, false};
}

Json model_entry(Provider provider, std::string const& id) {
  if (provider == Provider::anthropic)
    return {{"type", "model"}, {"id", id}, {"display_name", id}, {"created_at", "2026-01-01T00:00:00Z"}};
  if (provider == Provider::gemini)
    return {{"name", "models/" + id},    {"version", "sim"},
            {"displayName", id},         {"inputTokenLimit", 1048576},
            {"outputTokenLimit", 65536}, {"supportedGenerationMethods", {"generateContent", "countTokens"}}};
  return {{"id", id}, {"object", "model"}, {"created", 1795000000}, {"owned_by", "simulator"}};
}

std::vector<std::string> model_ids(Provider provider) {
  switch (provider) {
    case Provider::anthropic:
      return {"claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"};
    case Provider::gemini:
      return {"gemini-3.8-flash", "gemini-4-argon", "gemini-embedding-2"};
    case Provider::xai:
      return {"grok-4.7", "grok-4.3"};
    case Provider::perplexity:
      return {"perplexity/sonar"};
    default:
      return {"gpt-4o", "gpt-4o-mini", "gpt-4.1-nano", "text-embedding-3-small"};
  }
}

}  // namespace

Route find_route(std::string_view method, std::string_view target) {
  auto path = target.substr(0, target.find('?'));
  auto const strip = [&](std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    path.remove_prefix(prefix.size());
    return true;
  };
  if (strip("/anthropic")) return fixed_route(kAnthropic, method, path);
  if (strip("/gemini")) return gemini_route(method, path);
  if (strip("/xai")) return fixed_route(kXai, method, path);
  if (strip("/perplexity")) return fixed_route(kPerplexity, method, path);
  strip("/openai");
  return fixed_route(kOpenAi, method, path);
}

std::string models_body(Route const& route) {
  auto const provider = route.api->provider();
  if (route.kind == RouteKind::model) return dump(model_entry(provider, route.model));
  Json list = Json::array();
  for (auto const& id : model_ids(provider)) list.push_back(model_entry(provider, id));
  if (provider == Provider::gemini) return dump(Json{{"models", list}});
  if (provider == Provider::anthropic)
    return dump(Json{{"data", list},
                     {"has_more", false},
                     {"first_id", list.front()["id"]},
                     {"last_id", list.back()["id"]}});
  return dump(Json{{"object", "list"}, {"data", list}});
}

}  // namespace tsg::sim
