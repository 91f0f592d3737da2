#include "providers/failure_reason.hpp"

#include <algorithm>
#include <array>

#include "tsg/core/bytes.hpp"

namespace tsg::providers {
namespace {

constexpr int kNestedMax = 4;            // an error about an error about an error
constexpr std::size_t kEntriesMax = 4;   // of a list of complaints
constexpr std::size_t kTextMax = 4'000;  // the sanitiser cuts further
constexpr std::size_t kStepsMax = 200;   // objects looked at in all: bodies are not ours to trust

// In order of preference: what is nearest to a sentence first.
constexpr std::array<std::string_view, 16> kWordKeys{
    "message",  "msg",    "error_message",     "errorMessage", "error_msg", "error", "detail",
    "details",  "errors", "error_description", "description",  "reason",    "title", "body",
    "response", "data"};

class ReasonFinder {
 public:
  Reason take(RawNode const& root) {
    Reason out;
    if (is_object(root["error"])) note(root.child("error"), out);
    note(root, out);
    object(root, out, 0);
    return out;
  }
  Reason take_text(std::string_view text) {
    Reason out;
    value_in_text(text, out, 0);
    return out;
  }

 private:
  static json::Member const* find_any_case(RawNode const& node, std::string_view key) noexcept {
    for (auto const& m : node.members())
      if (iequals(m.key, key)) return &m;
    return nullptr;
  }

  // Who is asked first is believed: the member `error`, then from the outside in.
  static void note(RawNode const& node, Reason& out) {
    auto const text = [&](std::string_view key, std::string& into) {
      if (into.empty())
        if (auto const* m = find_any_case(node, key)) into = text_of(node.raw(*m));
    };
    text("type", out.type);
    text("code", out.code);
    text("param", out.param);
    for (auto const key : {"code", "status", "status_code", "statusCode"}) {
      auto const* m = find_any_case(node, key);
      auto const n = m ? count_of(node.raw(*m)) : std::nullopt;
      if (out.status == 0 && n && *n >= 400 && *n < 600) out.status = *n;
    }
  }

  bool object(RawNode const& node, Reason& out, int depth) {
    if (depth > kNestedMax || ++steps_ > kStepsMax) return false;
    for (auto const key : kWordKeys) {
      auto const* m = find_any_case(node, key);
      if (m && value(node, *m, out, depth)) return true;
    }
    return false;
  }

  bool value(RawNode const& node, json::Member const& m, Reason& out, int depth) {
    auto const raw = node.raw(m);
    if (is_string(raw)) return value_in_text(text_of(raw), out, depth + 1);
    if (is_array(raw)) return list(node.child(m), out, depth + 1);
    if (!is_object(raw)) return false;
    auto const inner = node.child(m);
    note(inner, out);
    return object(inner, out, depth + 1) || fields(inner, out, depth + 1);
  }

  // FastAPI's {"loc":["body","n"],"msg":"…"}, strings, objects with a message: said one after the other.
  bool list(RawNode const& node, Reason& out, int depth) {
    std::string all;
    std::size_t n = 0;
    for (auto const& element : node.members()) {
      if (n == kEntriesMax) break;
      Reason one;
      auto const entry = node.child(element);
      bool const any = is_string(node.raw(element))
                           ? value_in_text(text_of(node.raw(element)), one, depth + 1)
                           : object(entry, one, depth + 1);
      if (!any) continue;
      note(entry, one);
      if (auto const place = place_of(entry); !place.empty()) {
        one.message = place + ": " + one.message;
        if (out.param.empty()) out.param = place;
      }
      if (out.type.empty()) out.type = std::move(one.type);
      if (out.code.empty()) out.code = std::move(one.code);
      if (out.param.empty()) out.param = std::move(one.param);
      all += (n++ == 0 ? "" : "; ") + one.message;
    }
    if (n == 0) return false;
    out.message = std::move(all);
    return true;
  }

  // {"max_tokens":["must be positive"]}: a field's complaints under its name.
  bool fields(RawNode const& node, Reason& out, int depth) {
    std::string all;
    std::size_t n = 0;
    for (auto const& m : node.members()) {
      if (n == kEntriesMax || !is_array(node.raw(m))) break;
      Reason one;
      if (!list(node.child(m), one, depth + 1)) continue;
      if (out.param.empty()) out.param = std::string{m.key};
      all += (n++ == 0 ? "" : "; ") + std::string{m.key} + ": " + one.message;
    }
    if (n == 0) return false;
    out.message = std::move(all);
    return true;
  }

  static std::string place_of(RawNode const& entry) {
    std::string out;
    auto const loc = entry.child("loc");
    for (auto const& step : loc.members()) {
      auto const raw = loc.raw(step);
      auto const word = is_string(raw) ? text_of(raw) : std::string{raw};
      if (out.empty() && (word == "body" || word.empty())) continue;
      if (!out.empty()) out += '.';
      out += word;
    }
    return out;
  }

  // What the first event of a stream says.
  static std::string_view first_data(std::string_view text) noexcept {
    auto const at = text.starts_with("data:") ? 0 : text.find("\ndata:") + 1;
    if (at == 0 && !text.starts_with("data:")) return text;
    text.remove_prefix(at + 5);
    text = text.substr(0, text.find_first_of("\r\n"));
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
  }

  // Text may be another server's whole error body.
  bool value_in_text(std::string_view text, Reason& out, int depth) {
    while (!text.empty() &&
           (text.front() == ' ' || text.front() == '\n' || text.front() == '\r' || text.front() == '\t'))
      text.remove_prefix(1);
    if (text.starts_with("event:") || text.starts_with("data:")) text = first_data(text);
    if (text.empty()) return false;
    if (depth <= kNestedMax && (text.front() == '{' || text.front() == '[') && ++steps_ <= kStepsMax) {
      auto scanned = json::scan(text, {});
      if (scanned) {
        bool const object_root = scanned->root_is_object;
        RawNode const root{text, std::move(*scanned)};
        if (object_root) note(root, out);
        if (object_root ? object(root, out, depth + 1) : list(root, out, depth + 1)) return true;
      }
    }
    out.message = text.substr(0, kTextMax);
    return true;
  }

  std::size_t steps_ = 0;
};

bool mark_up(std::string_view body) noexcept {
  auto const at = body.find_first_not_of(" \r\n\t");
  return at != std::string_view::npos && body[at] == '<';
}

constexpr std::array<std::string_view, 17> kContextWords{"context length",
                                                         "context size",
                                                         "context window",
                                                         "maximum context",
                                                         "max context",
                                                         "model length",
                                                         "max_model_len",
                                                         "max_seq_len",
                                                         "maximum input length",
                                                         "max input length",
                                                         "maximum sequence",
                                                         "maximum position",
                                                         "max_position_embeddings",
                                                         "n_ctx",
                                                         "context the overflows",
                                                         "maximum prompt length",
                                                         "context limit"};
constexpr std::array<std::string_view, 13> kBeyondWords{
    "exceed",     "longer than", "too long", "greater than", "larger than", "too large",   "too many",
    "not enough", "overflow",    "reduce",   "must be less", "reached",     "does not fit"};
// Whole sentences that name no context.
constexpr std::array<std::string_view, 7> kOverflowSentences{
    "prompt is too long",     "prompt too long",     "input is too long for",     "input too long",
    "maximum context length", "exceed_context_size", "exceeds the context window"};

template <std::size_t N>
bool any_of_words(std::string_view text, std::array<std::string_view, N> const& words) noexcept {
  return std::ranges::any_of(words, [text](auto w) { return text.find(w) != std::string_view::npos; });
}

}  // namespace

Reason reason_of(RawNode const& root) {
  return ReasonFinder{}.take(root);
}

Reason reason_in_text(std::string_view body) {
  if (mark_up(body)) return {};
  auto const at = body.find_first_not_of(" \r\n\t");
  if (at == std::string_view::npos) return {};
  body.remove_prefix(at);
  if (body.front() == '"')  // a JSON string
    if (auto const wrapped = "[" + std::string{body} + "]"; json::scan(wrapped, {})) {
      auto const end = body.find_last_of('"');
      return ReasonFinder{}.take_text(text_of(body.substr(0, end + 1)));
    }
  return ReasonFinder{}.take_text(body);
}

bool says_context_overflow(std::string_view message) noexcept {
  std::array<char, 2'000> lower{};
  auto const n = std::min(message.size(), lower.size());
  std::transform(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(n), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view const text{lower.data(), n};
  if (any_of_words(text, kOverflowSentences)) return true;
  if (any_of_words(text, kContextWords) && any_of_words(text, kBeyondWords)) return true;
  // Text Generation Inference counts instead: "`inputs` tokens + `max_new_tokens` must be <= 4096".
  auto const says = [text](std::string_view words) { return text.find(words) != std::string_view::npos; };
  return (says("inputs") && says("tokens") && (says("must be <=") || says("must have less than"))) ||
         (says("number of tokens") && says("prompt") && says("cannot exceed"));
}

}  // namespace tsg::providers
