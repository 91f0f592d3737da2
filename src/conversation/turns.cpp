#include "tsg/conversation/turns.hpp"

#include <algorithm>

#include "tsg/json/tokens.hpp"

namespace tsg::conversation {
namespace {

bool is_text(Part const& part) noexcept {
  return part.kind == Part::Kind::text || part.kind == Part::Kind::refusal;
}

// Thoughts, and what only its own surface knows, are heard by nobody.
bool silent(Item const& item) noexcept {
  using Kind = Item::Kind;
  if (item.kind == Kind::thought || item.kind == Kind::other) return true;
  return item.kind == Kind::say &&
         std::ranges::all_of(item.parts, [](Part const& p) { return is_text(p) && blank(p.value); });
}
bool silent(Turn const& turn) noexcept {
  return std::ranges::all_of(turn.items, [](Item const& item) { return silent(item); });
}

}  // namespace

bool Turn::calls() const noexcept {
  return std::ranges::find(items, Item::Kind::call, &Item::kind) != items.end();
}

std::vector<Turn> turns_of(std::span<Item const> items) {
  std::vector<Turn> out;
  out.reserve(items.size());
  while (!items.empty()) {
    auto const turn = items.front().turn;
    auto const other = std::ranges::find_if(items, [turn](Item const& i) { return i.turn != turn; });
    auto const size = static_cast<std::size_t>(other - items.begin());
    out.emplace_back(items.first(size));
    items = items.subspan(size);
  }
  return out;
}

bool let_user_speak(std::vector<Turn>& turns) {
  Turn* last = nullptr;
  for (auto& turn : turns) {
    bool const nothing = silent(turn);
    if (!turn.instructs() && (turn.role == Role::tool || !nothing)) return false;
    if (turn.instructs() && !nothing) last = &turn;
  }
  if (last != nullptr) last->role = Role::user;
  return last != nullptr;
}

void instruct(std::vector<Turn>& turns, Item const& instruction) {
  auto const first = std::ranges::find_if(turns, [](Turn const& t) { return !t.instructs(); });
  turns.emplace(first, std::span{&instruction, 1});
}

std::string plain_text(Item const& item) {
  std::string out;
  for (auto const& part : item.parts)
    if (is_text(part) && part.value.starts_with('"')) out += json::unquoted(part.value);
  return out;
}

std::string plain_text(std::span<Item const> items) {
  std::string out;
  for (auto const& item : items)
    if (item.kind == Item::Kind::say || item.kind == Item::Kind::result) out += plain_text(item);
  return out;
}

bool blank(std::string_view raw_text) noexcept {
  for (std::size_t i = 1; i + 1 < raw_text.size(); ++i) {
    if (raw_text[i] == ' ') continue;
    if (raw_text[i] != '\\' || std::string_view{"nrt"}.find(raw_text[i + 1]) == std::string_view::npos)
      return false;
    ++i;
  }
  return true;
}

}  // namespace tsg::conversation
