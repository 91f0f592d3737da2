#include "providers/gemini/record.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "providers/error_shape.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::array<std::string_view, 9> kFiltered{"SAFETY",
                                                    "RECITATION",
                                                    "BLOCKLIST",
                                                    "PROHIBITED_CONTENT",
                                                    "SPII",
                                                    "IMAGE_SAFETY",
                                                    "IMAGE_PROHIBITED_CONTENT",
                                                    "IMAGE_RECITATION",
                                                    "LANGUAGE"};
constexpr std::array<std::string_view, 5> kFailed{"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                                                  "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
                                                  "MALFORMED_RESPONSE"};

template <std::size_t N>
bool listed(std::string_view word, std::array<std::string_view, N> const& list) noexcept {
  return std::ranges::find(list, word) != list.end();
}

Error failed(std::string_view reason, std::string_view message) {
  auto error = broken_answer(listed(reason, kFailed) ? reason : "an unusable candidate");
  error.details().provider_text = sanitise(std::string{reason} + " " + std::string{message.substr(0, 200)});
  error.details().message = "The model did not produce a usable answer (" + std::string{reason} + ").";
  return error;
}

}  // namespace

Piece read_piece(RawNode const& part) {
  Piece out;
  if (auto const call = part["functionCall"]; is_object(call)) {
    auto const node = part.child("functionCall");
    out.kind = Piece::Kind::call;
    out.id = text_of(node["id"]);
    out.name = text_of(node["name"]);
    auto const args = node["args"];  // left out where there are none
    out.arguments = is_object(args) ? args : "{}";
  } else if (auto const text = part["text"]; is_string(text)) {
    out.kind = part["thought"] == "true" ? Piece::Kind::thought : Piece::Kind::text;
    out.text = text_of(text);
  } else if (auto const media = part.child("inlineData"); !media.empty()) {
    auto const type = text_of(media["mimeType"]);
    if (!type.starts_with("image/")) return out;
    out.kind = Piece::Kind::image;
    out.text = "data:" + type + ";base64," + text_of(media["data"]);
  }
  if (out.kind == Piece::Kind::text || out.kind == Piece::Kind::call)
    out.signature = text_of(part["thoughtSignature"]);
  return out;
}

Result<std::string_view> ending(std::string_view reason, bool called, bool any_content,
                                std::string_view message) {
  if (listed(reason, kFailed)) return failed(reason, message);
  if (listed(reason, kFiltered)) return std::string_view{"content_filter"};
  if (reason == "MAX_TOKENS") return std::string_view{"length"};
  if (called) return std::string_view{"tool_calls"};
  if (reason != "STOP" && !any_content) return failed(reason, message);  // OTHER, and words yet unknown
  return std::string_view{"stop"};
}

std::string blocked_prompt(RawNode const& root) {
  auto const reason = text_of(root.child("promptFeedback")["blockReason"]);
  return reason.empty() ? "" : "The provider blocked this prompt (" + reason.substr(0, 64) + ").";
}

std::string blocked_answer(std::string_view reason) {
  return "The provider blocked the answer (" + std::string{reason.substr(0, 64)} + ").";
}

}  // namespace tsg::providers::gemini
