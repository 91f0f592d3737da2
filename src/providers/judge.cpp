#include "providers/judge.hpp"

#include <algorithm>

#include "providers/raw_json.hpp"
#include "providers/sampling.hpp"

namespace tsg::providers {
namespace {

bool equal_without_blanks(std::string_view raw, std::string_view value) noexcept {
  std::size_t at = 0;
  for (char const c : raw) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (at == value.size() || value[at++] != c) return false;
  }
  return at == value.size();
}

bool is_number(std::string_view raw) noexcept {
  return !raw.empty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
}

// The first of a list, which loses it.
std::string_view take_first(std::string_view& list, char separator = '|') noexcept {
  auto const first = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(list.size(), first.size() + 1));
  return first;
}

bool among(std::string_view word, std::string_view words) noexcept {
  while (!words.empty())
    if (take_first(words) == word) return true;
  return false;
}

// The member at "user_location.type" of an object; "" if it is not there.
std::string at_path(std::string_view raw, std::string_view path) {
  auto node = RawNode::parse(raw);
  while (node && path.find('.') != std::string_view::npos) node = node->child(take_first(path, '.'));
  return node ? std::string{(*node)[path]} : std::string{};
}

// Of a member that is a word, or of an object some of whose members are.
Result<> check_words(std::string_view name, std::string_view raw, std::string_view values) {
  while (!values.empty()) {
    auto words = take_first(values, ';');
    std::string param{name}, value{raw};
    if (auto const colon = words.find(':'); colon != std::string_view::npos) {
      auto const path = words.substr(0, colon);
      words.remove_prefix(colon + 1);
      value = at_path(raw, path);
      param.append(".").append(path);
    }
    if (!value.empty() && !is_null(value) && !among(text_of(value), words))
      return none_of(std::move(param), words);
  }
  return boost::system::in_place_value;
}

}  // namespace

bool asks_for_nothing(std::string_view raw, std::string_view values) noexcept {
  if (is_null(raw)) return true;
  while (!values.empty()) {
    auto const value = take_first(values);
    if (equal_without_blanks(raw, value)) return true;
    if (is_number(raw) && is_number(value) && number_of(raw) == number_of(value)) return true;
  }
  return false;
}

Error none_of(std::string param, std::string_view words) {
  std::string rule = "must be one of ";
  bool first = true;
  while (!words.empty()) {
    if (!std::exchange(first, false)) rule += ", ";
    rule += take_first(words);
  }
  return unsupported(std::move(param), rule);
}

void note_dropped(std::vector<std::string>& dropped, std::string_view name) {
  if (std::ranges::find(dropped, name) == dropped.end()) dropped.emplace_back(name);
}

Error unsupported(std::string param, std::string_view rule) {
  auto message = "'" + param + "' ";
  message += rule;
  message += '.';
  return Error{Errc::unsupported_parameter, std::move(message), std::move(param)};
}

bool leaves_out(Treatment const& treatment, std::string_view raw) {
  if (asks_for_nothing(raw, treatment.neutral)) return true;
  if (treatment.fate != Fate::mapped)
    return treatment.fate == Fate::dropped || treatment.fate == Fate::waived;
  return !treatment.sent.empty() && !among(text_of(raw), treatment.sent);
}

Result<> judge(ChatRequest const& request, Treatments const& table, std::vector<std::string>& dropped) {
  for (auto const& wish : request.wishes) {
    auto const& known = table[wish.feature];
    if (asks_for_nothing(wish.raw, known.neutral)) continue;
    std::string name{wish.name.substr(0, 64)};
    if (auto fits = check_words(name, wish.raw, known.values); !fits) return fits;
    switch (known.fate) {
      case Fate::mapped:
        break;
      case Fate::dropped:
        dropped.push_back(std::move(name));
        break;
      case Fate::waived:
        if (request.strict) return unsupported(std::move(name), known.note);
        dropped.push_back(std::move(name));
        break;
      case Fate::refused:
      case Fate::unsaid:
        return unsupported(std::move(name), known.note);
    }
  }
  return boost::system::in_place_value;
}

}  // namespace tsg::providers
