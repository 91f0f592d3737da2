// A chat request to generateContent (§2.2, §3.1).
#include "providers/gemini/encode.hpp"

#include "providers/gemini/adapter.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

// OpenAI's tiers that Gemini sells, by its names. "auto" is whatever the project has: nothing is sent.
std::string_view service_tier(ChatRequest const& request) {
  auto const& tier = request.service_tier;
  if (tier.empty() || tier == "auto") return {};
  if (tier == "default") return "standard";
  return tier;  // standard, flex, priority: the table lets nothing else through
}

// It must begin with a letter or an underscore (§2.4).
constexpr NameLimits kNameLimits{64, "_.:-", true};

}  // namespace

Encoding::Encoding(ChatRequest const& r, EncodeContext const& c)
    : request{r}, context{c}, rules{c.family}, messages{conversation_of(r, dropped)}, tools{tools_of(r)} {
  if (let_user_speak(messages)) adapted.emplace_back("messages", "system message as the user's");
  names = ToolNames{kNameLimits, tools, messages};
}

std::string_view given(ChatRequest const& request, std::string_view name) {
  auto const* m = request.document.find(name);
  if (!m) return {};
  auto const raw = request.document.raw(m->value);
  return is_null(raw) ? std::string_view{} : raw;
}

std::string model_path(std::string_view model, std::string_view method) {
  constexpr std::string_view kPrefix = "models/";
  if (model.starts_with(kPrefix)) model.remove_prefix(kPrefix.size());
  std::string path = "/v1beta/models/";
  for (char const c : model) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      path += c;
    } else {
      path += '%';
      append_hex(path, as_bytes({&c, 1}));
    }
  }
  path += ':';
  path += method;
  return path;
}

Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context) {
  Encoding e{request, context};
  if (auto judged = judge(request, chat_treatments(), e.dropped); !judged) return judged.error();
  auto const contents = contents_of(e);
  if (!contents) return contents.error();
  auto const tools = tools_for(e);
  if (!tools) return tools.error();
  auto const config = generation_config(e);
  if (!config) return config.error();
  auto const tier = service_tier(request);

  UpstreamRequest out;
  out.body.reserve(contents->system.size() + contents->contents.size() + tools->tools.size() +
                   tools->config.size() + config->size() + 256);
  json::Writer w{out.body};
  w.begin_object();
  if (!contents->system.empty())
    w.key("systemInstruction")
        .begin_object()
        .key("parts")
        .begin_array()
        .raw(contents->system)
        .end_array()
        .end_object();
  w.key("contents").raw(contents->contents);
  if (!tools->tools.empty()) w.key("tools").begin_array().raw(tools->tools).end_array();
  if (!tools->config.empty()) w.key("toolConfig").raw(tools->config);
  if (!config->empty()) w.key("generationConfig").raw(*config);
  if (!tier.empty()) w.key("serviceTier").string(tier);
  // Projects made since 2026-10-26 keep prompts and answers unless told not to (§0, 20).
  w.key("store").boolean(false).end_object();

  out.wire = Wire::native;
  out.stream = request.stream;
  out.path = model_path(context.upstream_model,
                        request.stream ? "streamGenerateContent?alt=sse" : "generateContent");
  out.dropped = std::move(e.dropped);
  out.adapted = std::move(e.adapted);
  out.renamed = e.names.back();
  out.stops = std::move(e.stops);
  return out;
}

}  // namespace tsg::providers::gemini
