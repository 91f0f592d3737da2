// A card number is a sequence of whole groups of digits: "4111 1111 1111 1111 123" is a card and its CVC. So
// every sequence that begins at a group is looked at, in the usual groupings; in any other grouping only up
// to where the digits end, or every list of small numbers would hold a card. A group is never cut: an id of
// 25 digits holds none.
#include "governance/card.hpp"

#include <algorithm>
#include <array>
#include <string>
#include "tsg/core/bytes.hpp"

namespace tsg::governance {
namespace {

constexpr std::size_t kDigitsLeast = 13, kDigitsMost = 19;  // digits

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool luhn(std::string_view digits) noexcept {
  int sum = 0;
  bool twice = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    int d = *it - '0';
    if (twice) d = d > 4 ? 2 * d - 9 : 2 * d;
    sum += d;
  }
  return sum % 10 == 0;
}

// Issuers by their first four digits, with the lengths they issue. What is not here is a time stamp (13, 16
// or 19 digits that begin with 1; 14 with 20) or an order number more often than it is a card.
struct Issuer {
  int from, to;
  std::size_t least, most;
};
constexpr std::array kIssuers{
    Issuer{1000, 1999, 15, 15},  // UATP
    Issuer{2200, 2204, 16, 19},  // Mir
    Issuer{2221, 2720, 16, 16},  // Mastercard
    Issuer{3000, 3059, 14, 19},  // Diners
    Issuer{3095, 3095, 14, 19}, Issuer{3600, 3699, 14, 19},
    Issuer{3800, 3999, 14, 19}, Issuer{3400, 3499, 15, 15},  // American Express
    Issuer{3700, 3799, 15, 15}, Issuer{3528, 3589, 16, 19},  // JCB
    Issuer{4000, 4999, 13, 13},                              // Visa
    Issuer{4000, 4999, 16, 16}, Issuer{4000, 4999, 19, 19},
    Issuer{5000, 5099, 13, 19},  // Maestro, Elo, Verve
    Issuer{5100, 5599, 16, 16},  // Mastercard
    Issuer{5600, 5899, 13, 19},  // Maestro
    Issuer{6000, 6999, 13, 19},  // Discover, UnionPay, RuPay, Maestro
    Issuer{8100, 8299, 16, 16},  // RuPay, UnionPay
    Issuer{9792, 9792, 16, 16},  // Troy
};

bool is_card(std::string_view digits) noexcept {
  if (digits.find_first_not_of(digits[0]) == std::string_view::npos) return false;
  int prefix = 0;
  for (char const c : digits.substr(0, 4)) prefix = prefix * 10 + (c - '0');
  bool const issued = std::ranges::any_of(kIssuers, [&](Issuer const& i) {
    return prefix >= i.from && prefix <= i.to && digits.size() >= i.least && digits.size() <= i.most;
  });
  return issued && luhn(digits);
}

// Bytes of what may stand between two groups: a space, a hyphen or a dot, and the typesetter's space and
// dashes.
std::size_t separator_at(std::string_view text, std::size_t i) noexcept {
  if (i >= text.size()) return 0;
  if (text[i] == ' ' || text[i] == '-' || text[i] == '.') return 1;
  if (text.substr(i, 2) == "\xc2\xa0") return 2;  // U+00A0
  if (text.substr(i, 2) != "\xe2\x80" || i + 2 >= text.size()) return 0;
  auto const last = static_cast<unsigned char>(text[i + 2]);
  return (last >= 0x90 && last <= 0x95) || last == 0xaf ? 3 : 0;  // U+2010 to U+2015, U+202F
}

// As they are printed on cards, and in one piece.
bool usual(std::string_view lengths) noexcept {
  return lengths.size() == 1 || lengths == "4444" || lengths == "44443" || lengths == "465" ||
         lengths == "464";
}

class Cards final : public Matcher {
 public:
  std::optional<Found> find(std::string_view text, std::size_t from) const override {
    for (auto at = from; at < text.size(); ++at) {
      if (!is_digit(text[at])) continue;
      if (at > 0 && is_digit(text[at - 1])) continue;                      // inside a group
      if (at > 1 && text[at - 1] == '.' && text[at - 2] == '0') continue;  // a fraction: 0.5488135039273248
      if (auto const end = card_at(text, at); end > 0) return Found{at, end};
    }
    return std::nullopt;
  }
  std::size_t longest() const noexcept override { return 40; }

 private:
  // The end of the longest card that begins with the group at `begin`; 0 = none.
  static std::size_t card_at(std::string_view text, std::size_t begin) {
    std::string digits, lengths;
    bool plain = true;  // only such separators as any grouping may have
    std::size_t found = 0;
    for (auto at = begin;;) {
      auto const start = at;
      while (at < text.size() && is_digit(text[at]) && digits.size() <= kDigitsMost) digits += text[at++];
      if (digits.size() > kDigitsMost) return found;
      auto const size = at - start;
      lengths += size < 10 ? static_cast<char>('0' + size) : '+';
      auto const gap = separator_at(text, at);
      bool const more = gap > 0 && at + gap < text.size() && is_digit(text[at + gap]);
      bool const fits = usual(lengths) || (plain && !more);
      if (digits.size() >= kDigitsLeast && fits && !inside_word(text, begin, at) && is_card(digits))
        found = at;
      if (!more) return found;
      plain = plain && (text[at] == ' ' || text[at] == '-');
      at += gap;
    }
  }

  // Digits between letters are part of an id or a digest, whatever their sum.
  static bool inside_word(std::string_view text, std::size_t begin, std::size_t end) noexcept {
    return begin > 0 && is_letter(text[begin - 1]) && end < text.size() && is_letter(text[end]);
  }
};

}  // namespace

std::shared_ptr<Matcher const> card_detector() {
  return std::make_shared<Cards>();
}

}  // namespace tsg::governance
