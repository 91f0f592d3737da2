#include "tsg/usage/decimal.hpp"

namespace tsg::usage {
namespace {

// `digits` decimals, trailing zeros left out.
std::string point(Decimal::Int value, int decimals) {
  bool const negative = value < 0;
  if (negative) value = -value;
  std::string text;
  while (value > 0 || static_cast<int>(text.size()) <= decimals) {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  }
  text.insert(text.size() - static_cast<std::size_t>(decimals), 1, '.');
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return negative ? "-" + text : text;
}

}  // namespace

std::string Decimal::text() const {
  return point(femto_, 15);
}

std::string millionths(std::int64_t units) {
  return point(units, 6);
}

}  // namespace tsg::usage
