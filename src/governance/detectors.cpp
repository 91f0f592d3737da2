// Built-in detectors: a pattern that proposes, a check that disposes (RED-1). Best effort, never a guarantee.
#include <algorithm>
#include <array>
#include <map>

#include "governance/card.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::governance {
namespace {

// Bytes of the match to keep: 0 = no match after all; less than proposed = the rest was something else.
using Check = std::size_t (*)(std::string_view);

bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

std::size_t whole(std::string_view text) {
  return text.size();
}

// Lengths by country, ISO 13616 registry.
std::size_t iban_length(std::string_view country) {
  static std::map<std::string_view, std::size_t> const kLengths{
      {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
      {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22},
      {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27},
      {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28},
      {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20},
      {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MD", 24},
      {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15}, {"PK", 24},
      {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24}, {"SC", 31},
      {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24},
      {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}};
  auto const it = kLengths.find(country);
  return it == kLengths.end() ? 0 : it->second;
}

char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

// Prose is small letters too: "me20 people …" must be written as IBANs are, in one piece or in fours.
bool in_fours(std::string_view text) noexcept {
  if (text.find(' ') == text.npos) return true;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] == ' ') != (i % 5 == 4)) return false;
  return true;
}

// RED-3: the country's length, then mod 97 of the rearranged digits is 1.
std::size_t iban(std::string_view text) {
  std::array const country{upper(text[0]), upper(text[1])};
  auto const wanted = iban_length({country.data(), country.size()});
  std::string kept;
  std::size_t end = 0;
  bool capitals = true;
  for (; end < text.size() && kept.size() < wanted; ++end) {
    if (text[end] == ' ') continue;
    kept += upper(text[end]);
    capitals &= kept.back() == text[end];
  }
  if (wanted == 0 || kept.size() != wanted) return 0;
  // What follows must not be more of the same word.
  if (end < text.size() && text[end] != ' ') return 0;
  if (!capitals && !in_fours(text.substr(0, end))) return 0;
  int rest = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    char const c = kept[(i + 4) % kept.size()];
    int const value = is_digit(c) ? c - '0' : is_upper(c) ? c - 'A' + 10 : -1;
    if (value < 0) return 0;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest == 1 ? end : 0;
}

// A sequence of seven to fifteen digits after `+` (E.164).
std::size_t phone(std::string_view text) {
  auto const digits = std::count_if(text.begin(), text.end(), is_digit);
  return digits >= 7 && digits <= 15 ? text.size() : 0;
}

class Detector final : public Matcher {
 public:
  Detector(std::string const& regex, std::size_t longest, Check check, bool (*more)(char, char) = nullptr)
      : pattern_{pattern(regex, longest).value()}, check_{check}, goes_on_{more} {}

  std::optional<Found> find(std::string_view text, std::size_t from) const override {
    for (auto hit = pattern_->find(text, from); hit; hit = pattern_->find(text, hit->begin + 1))
      if (auto const kept = check_(text.substr(hit->begin, hit->end - hit->begin)); kept > 0)
        return Found{hit->begin, hit->begin + kept};
    return std::nullopt;
  }
  std::size_t longest() const noexcept override { return pattern_->longest(); }
  bool goes_on(char begins, char next) const noexcept override {
    return goes_on_ != nullptr && goes_on_(begins, next);
  }

 private:
  std::shared_ptr<Matcher const> pattern_;
  Check check_;
  bool (*goes_on_)(char, char);
};

// KEY-16, without the right-hand delimiters: a key that is followed by more is still a key.
constexpr char kApiKeys[] =
    R"(\b(?:sk-(?:proj|svcacct|admin)-[\w-]{20,180}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"
    R"(|sk-ant-(?:api03|admin01)-[\w-]{80,120}|AIza[\w-]{35}|(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b)"
    R"(|ghp_[0-9A-Za-z]{36}|github_pat_\w{82}|pplx-[0-9A-Za-z]{48}|hf_[A-Za-z]{34}|xai-[0-9A-Za-z_]{80})"
    R"(|tsga?-[0-9A-Za-z]{38}\b|(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,150}|xox[abeprs]-[0-9A-Za-z-]{20,150})"
    R"(|glpat-[\w-]{20,60}|npm_[0-9A-Za-z]{36}|gh[osur]_[0-9A-Za-z]{36}|gsk_[0-9A-Za-z]{40,80})"
    R"(|eyJ[\w-]{10,180}\.eyJ[\w-]{4,}(?:\.[\w-]*)?))"
    // Its body: at least half a line of base64, also with line ends as JSON writes them.
    R"(|-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)"
    R"((?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{32}[A-Za-z0-9+/=\s\\]*)?)";

// Tokens and key blocks are longer than any window: what of them comes later is known by its alphabet.
bool in_key(char begins, char c) noexcept {
  bool const alnum = is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
  if (begins == '-') return alnum || std::string_view{"+/=\\ \t\r\n"}.find(c) != std::string_view::npos;
  return alnum || c == '-' || c == '_' || (begins == 'e' && c == '.');
}

}  // namespace

std::shared_ptr<Matcher const> detector(std::string_view name) {
  static std::map<std::string_view, std::shared_ptr<Matcher const>> const kAll{
      {"email", std::make_shared<Detector>(
                    R"([A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b)", 256, &whole)},
      {"card", card_detector()},
      {"iban", std::make_shared<Detector>(R"(\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30})", 72, &iban)},
      {"phone", std::make_shared<Detector>(R"(\+[1-9][0-9]{0,2}(?:[ ().-]{0,2}[0-9]){5,14}\b)", 48, &phone)},
      {"api_key", std::make_shared<Detector>(kApiKeys, 220, &whole, &in_key)},
  };
  auto const it = kAll.find(name);
  return it == kAll.end() ? nullptr : it->second;
}

}  // namespace tsg::governance
