// A provider's message on its way to a client or to our log: without what identifies our account there. One
// pass over words, no regular expressions: messages are the provider's, their length is not ours to trust.
#include "tsg/providers/adapter.hpp"

#include <algorithm>
#include <array>
#include "tsg/core/bytes.hpp"

namespace tsg::providers {
namespace {

constexpr std::size_t kMessageMax = 2000;
constexpr std::string_view kGone = "[redacted]";

bool letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool alnum(char c) noexcept {
  return is_digit(c) || letter(c);
}
bool word_char(char c) noexcept {
  return alnum(c) || c == '-' || c == '_' || c == '*';
}
bool hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What keys begin with (KEY-16 and gitleaks' list), and how much must follow: masked keys are short.
struct Prefix {
  std::string_view text;
  std::size_t rest;
};
constexpr std::array kKeys{
    Prefix{"sk-", 1},   Prefix{"xai-", 6},        Prefix{"pplx-", 6}, Prefix{"AIza", 8},  Prefix{"ya29", 1},
    Prefix{"tsg-", 12}, Prefix{"gsk_", 6},        Prefix{"hf_", 8},   Prefix{"ghp_", 8},  Prefix{"gho_", 8},
    Prefix{"ghs_", 8},  Prefix{"github_pat_", 8}, Prefix{"AKIA", 12}, Prefix{"ASIA", 12}, Prefix{"ABIA", 12},
    Prefix{"ACCA", 12}, Prefix{"eyJ", 12},        Prefix{"sess-", 8}, Prefix{"rk-", 12},  Prefix{"pk-", 12},
};
// Accounts. What follows must look like an id: "org-wide" and "team-based" are words.
constexpr std::array<std::string_view, 13> kAccounts{"org-",     "org_",       "proj_",  "proj-", "team-",
                                                     "team_",    "acct_",      "acct-",  "user-", "user_",
                                                     "account-", "workspace_", "wrkspc_"};
// Ids that tell a user something and nobody anything about our account: call ids, request ids.
constexpr std::array<std::string_view, 9> kHarmless{"req_", "call_",  "resp_",     "msg_", "rs_",
                                                    "fc_",  "toolu_", "chatcmpl-", "file-"};
constexpr std::array<std::string_view, 11> kKeyWords{"key",        "apikey",        "api_key",  "api-key",
                                                     "token",      "secret",        "bearer",   "keys",
                                                     "credential", "authorization", "x-api-key"};
constexpr std::array<std::string_view, 11> kAccountWords{"team",    "organization", "organisation", "org",
                                                         "project", "projects",     "workspace",    "account",
                                                         "tenant",  "customer",     "user"};

template <std::size_t N>
bool is_one_of(std::string_view word, std::array<std::string_view, N> const& list) noexcept {
  return std::ranges::any_of(list, [word](std::string_view w) {
    return std::ranges::equal(w, word,
                              [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  });
}

struct Shape {
  std::size_t run = 0;  // the longest run of letters and digits that has both; of digits alone in `digits`
  std::size_t digits = 0;
  bool uuid = false, masked = false;
};

bool is_uuid(std::string_view w) noexcept {
  if (w.size() != 36) return false;
  for (std::size_t i = 0; i < 36; ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? w[i] != '-' : !hex(w[i])) return false;
  return true;
}

Shape shape_of(std::string_view w) noexcept {
  Shape s;
  s.uuid = is_uuid(w);
  auto const stars = w.find("**");
  s.masked = stars != std::string_view::npos && std::ranges::any_of(w.substr(0, stars), alnum);
  for (std::size_t i = 0; i < w.size();) {
    std::size_t end = i, digits = 0;
    for (; end < w.size() && alnum(w[end]); ++end) digits += is_digit(w[end]);
    auto const length = end - i;
    if (digits == length)
      s.digits = std::max(s.digits, length);
    else if (digits > 0)
      s.run = std::max(s.run, length);
    i = end == i ? i + 1 : end;
  }
  return s;
}

bool begins_key(std::string_view w) noexcept {
  return std::ranges::any_of(
      kKeys, [w](Prefix const& p) { return w.starts_with(p.text) && w.size() >= p.text.size() + p.rest; });
}

// At the start, or behind a separator inside the word: "x-api-key-sk-…".
bool has_key(std::string_view w) noexcept {
  for (std::size_t i = 0; i < w.size(); ++i)
    if ((i == 0 || !alnum(w[i - 1])) && begins_key(w.substr(i))) return true;
  return false;
}

bool is_account(std::string_view w) noexcept {
  return std::ranges::any_of(kAccounts, [w](std::string_view p) {
    if (!w.starts_with(p) || w.size() < p.size() + 6) return false;
    auto const rest = w.substr(p.size());
    bool const mixed = std::ranges::any_of(rest, [](char c) { return c >= 'A' && c <= 'Z'; });
    return mixed || std::ranges::any_of(rest, is_digit) || std::ranges::find(rest, '*') != rest.end();
  });
}

// What the words before said is coming, and for how many words that holds.
class Context {
 public:
  bool secret(std::string_view w) {
    auto const s = shape_of(w);
    bool const told = after_ > 0 && tells(w, s);
    if (after_ > 0) --after_;
    if (is_one_of(w, kKeyWords)) expect(true);
    if (is_one_of(w, kAccountWords)) expect(false);
    if (told || s.masked || has_key(w) || is_account(w)) return true;
    bool const harmless =
        std::ranges::any_of(kHarmless, [w](std::string_view p) { return w.starts_with(p); });
    return !harmless && s.run >= 32;
  }

 private:
  void expect(bool key) noexcept {
    key_ = key;
    after_ = 4;
  }
  // Behind "key" or "team", shorter ids are enough. Dates and model names have no such run.
  bool tells(std::string_view w, Shape const& s) const noexcept {
    if (s.uuid || s.run >= 12) return true;
    if (key_) return s.digits >= 12 || w.find('*') != std::string_view::npos;
    return s.digits >= 9 || s.run >= 10;
  }
  int after_ = 0;
  bool key_ = false;
};

// Bytes of one well-formed UTF-8 sequence at `i`; 0 if it is not.
std::size_t sequence(std::string_view s, std::size_t i) noexcept {
  auto const at = [&](std::size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
  auto const b = at(i), next = at(i + 1);
  std::size_t const n = b < 0x80                ? 1
                        : b >= 0xc2 && b < 0xe0 ? 2
                        : b >= 0xe0 && b < 0xf0 ? 3
                        : b >= 0xf0 && b < 0xf5 ? 4
                                                : 0;
  if (n > 1 && ((b == 0xe0 && next < 0xa0) || (b == 0xed && next >= 0xa0) || (b == 0xf0 && next < 0x90) ||
                (b == 0xf4 && next >= 0x90)))
    return 0;
  for (std::size_t k = 1; k < n; ++k)
    if ((at(i + k) & 0xc0) != 0x80) return 0;
  return n;
}

}  // namespace

std::string sanitise(std::string_view message) {
  std::string out;
  Context context;
  auto const room = [&out](std::size_t n) { return out.size() + n <= kMessageMax; };
  for (std::size_t i = 0; i < message.size();) {
    if (word_char(message[i])) {
      auto end = i;
      while (end < message.size() && word_char(message[end])) ++end;
      auto const word = message.substr(i, end - i);
      auto const kept = context.secret(word) ? kGone : word;
      i = end;
      out += kept.substr(0, kMessageMax - out.size());
      if (out.size() == kMessageMax) break;
      continue;
    }
    auto const n = sequence(message, i);
    std::string_view put = n == 0 ? std::string_view{"\xef\xbf\xbd"} : message.substr(i, n);
    if (n == 1 && (static_cast<unsigned char>(message[i]) < 0x20 || message[i] == 0x7f)) put = " ";
    if (!room(put.size())) break;
    out += put;
    i += std::max<std::size_t>(n, 1);
  }
  return out;
}

std::string without(std::string text, std::string_view secret) {
  if (secret.size() < 4) return text;  // would cut words to pieces
  for (auto i = text.find(secret); i != std::string::npos; i = text.find(secret, i + kGone.size()))
    text.replace(i, secret.size(), kGone);
  return text;
}

}  // namespace tsg::providers
