#include "tsg/core/secret_shape.hpp"

#include <algorithm>
#include <array>

namespace tsg {
namespace {

bool word_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

// What keys begin with (KEY-16 and gitleaks' list), and how long they are at least behind it. Shorter words
// are names: "sk-learn", "tsg-web".
struct Shape {
  std::string_view prefix;
  std::size_t rest;
};
constexpr std::array kShapes{
    Shape{"tsg-", 20},        Shape{"tsga-", 20}, Shape{"sk-", 20},   Shape{"xai-", 20},   Shape{"pplx-", 20},
    Shape{"AIza", 30},        Shape{"ya29.", 20}, Shape{"gsk_", 20},  Shape{"hf_", 20},    Shape{"ghp_", 30},
    Shape{"github_pat_", 30}, Shape{"AKIA", 16},  Shape{"ASIA", 16},  Shape{"eyJ", 30},    Shape{"rk-", 20},
    Shape{"pk-", 20},         Shape{"sk_", 20},   Shape{"rk_", 20},   Shape{"xoxb-", 20},  Shape{"xoxp-", 20},
    Shape{"xoxa-", 20},       Shape{"xoxr-", 20}, Shape{"xoxs-", 20}, Shape{"xoxe-", 20},  Shape{"gho_", 30},
    Shape{"ghs_", 30},        Shape{"ghu_", 30},  Shape{"ghr_", 30},  Shape{"glpat-", 20}, Shape{"npm_", 30},
};

// Names are made of short words: "xai-plain-context-length". Random text has a long run between separators.
constexpr std::size_t kRandomRun = 16;
bool random_looking(std::string_view rest) noexcept {
  std::size_t run = 0;
  for (char const c : rest) {
    run = c == '-' || c == '_' ? 0 : run + 1;
    if (run == kRandomRun) return true;
  }
  return false;
}

// Length of the secret that begins at `i`, 0 = none.
std::size_t secret_at(std::string_view text, std::size_t i) noexcept {
  for (auto const& shape : kShapes) {
    if (!text.substr(i).starts_with(shape.prefix)) continue;
    auto const begin = text.begin() + static_cast<std::ptrdiff_t>(i + shape.prefix.size());
    // Of a JWT all parts, the signature too.
    bool const dotted = shape.prefix == "eyJ";
    auto const end =
        std::find_if_not(begin, text.end(), [&](char c) { return word_char(c) || (dotted && c == '.'); });
    if (static_cast<std::size_t>(end - begin) >= shape.rest && random_looking({begin, end}))
      return static_cast<std::size_t>(end - text.begin()) - i;
  }
  return 0;
}

struct Found {
  std::size_t at = std::string_view::npos, size = 0;
};

// At the start of a word, or behind a separator inside it: "req-sk-…".
Found next_secret(std::string_view text, std::size_t from) noexcept {
  for (auto i = from; i < text.size(); ++i) {
    bool const begins = i == 0 || !word_char(text[i - 1]) || text[i - 1] == '-' || text[i - 1] == '_';
    if (!begins) continue;
    if (auto const size = secret_at(text, i); size > 0) return {i, size};
  }
  return {};
}

}  // namespace

bool has_secret(std::string_view text) noexcept {
  return next_secret(text, 0).size > 0;
}

std::string without_secrets(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  for (auto found = next_secret(text, 0); found.size > 0; found = next_secret(text, from)) {
    out += text.substr(from, found.at - from);
    out += "[redacted]";
    from = found.at + found.size;
  }
  return out += text.substr(from);
}

}  // namespace tsg
