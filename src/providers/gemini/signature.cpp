#include "providers/gemini/signature.hpp"

#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

// "gemini-3.1-pro-preview" and "models/gemini-3-flash" are both of generation "3"; "" where none is told.
std::string_view generation(std::string_view model) noexcept {
  constexpr std::string_view kName = "gemini-";
  auto const at = model.find(kName);
  if (at == std::string_view::npos) return {};
  model.remove_prefix(at + kName.size());
  return model.substr(0, model.find_first_not_of("0123456789"));
}

}  // namespace

std::string signature_member(std::string_view signature) {
  if (signature.empty()) return {};
  return R"(,"extra_content":{"google":{"thought_signature":)" + json::quoted(signature) + "}}";
}

Memo signature_memo(std::string_view call_id, std::string_view model, std::string_view signature) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("dialect").string("gemini").key("model").string(model);
  w.key("signature").string(signature).end_object();
  return {std::string{call_id}, std::move(out)};
}

std::string sent_signature(std::string_view raw) {
  auto const node = RawNode::parse(raw);
  if (!node) return {};
  return text_of(node->child("extra_content").child("google")["thought_signature"]);
}

std::string recalled_signature(EncodeContext const& context, std::string_view call_id) {
  if (!context.recall) return {};
  auto const memo = context.recall(call_id);
  if (!memo) return {};
  auto const node = RawNode::parse(*memo);
  if (!node || text_of((*node)["dialect"]) != "gemini") return {};
  auto const made_by = text_of((*node)["model"]);
  std::string_view const now = context.family ? std::string_view{context.family->id} : context.upstream_model;
  return generation(made_by) == generation(now) ? text_of((*node)["signature"]) : std::string{};
}

}  // namespace tsg::providers::gemini
