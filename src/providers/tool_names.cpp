#include "providers/tool_names.hpp"

#include <algorithm>
#include <set>

#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::providers {
namespace {

constexpr std::size_t kMark = 9;  // "_" and eight hex digits

bool ascii_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool taken_char(char c, NameLimits const& limits) noexcept {
  return ascii_letter(c) || (c >= '0' && c <= '9') || limits.others.find(c) != std::string_view::npos;
}

bool begins_well(std::string_view name, NameLimits const& limits) noexcept {
  return !name.empty() && (!limits.letter_first || ascii_letter(name.front()) || name.front() == '_');
}

bool kept(std::string_view name, NameLimits const& limits) noexcept {
  return std::ranges::find(limits.kept, name) != limits.kept.end();
}

bool fits(std::string_view name, NameLimits const& limits) noexcept {
  return name.size() <= limits.longest && begins_well(name, limits) && !kept(name, limits) &&
         std::ranges::all_of(name, [&](char c) { return taken_char(c, limits); });
}

std::string digest_of(std::string_view text) {
  auto const digest = crypto::sha256(as_bytes(text));
  return to_hex(std::span{digest}.first((kMark - 1) / 2));
}

// Readable first: a model reads names. Two that would become one are told apart by what they were.
std::string renamed(std::string const& name, NameLimits const& limits,
                    std::set<std::string, std::less<>> const& used) {
  std::string base = kept(name, limits) ? "fn_" + name : name;
  std::ranges::replace_if(
      base, [&](char c) { return !taken_char(c, limits); }, '_');
  if (!begins_well(base, limits)) base.insert(0, 1, '_');
  if (base.size() <= limits.longest && !used.contains(base)) return base;
  base.resize(std::min(base.size(), limits.longest - kMark));
  std::string seed = name;
  for (;;) {  // each round needs a name that the client made to collide with it
    auto marked = base + "_" + digest_of(seed);
    if (!used.contains(marked)) return marked;
    seed += '\0';
  }
}

}  // namespace

ToolNames::ToolNames(NameLimits const& limits, std::vector<Tool> const& tools,
                     std::vector<Message> const& messages) {
  std::vector<Named> all;
  for (auto const& tool : tools) all.emplace_back(tool.name, tool.kind == Tool::Kind::server);
  for (auto const& message : messages)
    for (auto const& call : message.calls) all.emplace_back(call.name, false);
  learn(limits, all);
}

ToolNames::ToolNames(NameLimits const& limits, std::vector<conversation::Tool> const& tools,
                     std::vector<conversation::Item> const& items) {
  std::vector<Named> all;
  for (auto const& tool : tools) all.emplace_back(tool.name, tool.kind == conversation::Tool::Kind::hosted);
  for (auto const& item : items)
    if (item.kind == conversation::Item::Kind::call) all.emplace_back(item.name, false);
  learn(limits, all);
}

void ToolNames::learn(NameLimits const& limits, std::vector<Named> const& all) {
  std::set<std::string, std::less<>> used;
  std::vector<std::string_view> foreign;
  for (auto const& [name, taken] : all) {
    if (used.contains(name)) continue;
    used.emplace(name);
    if (!taken && !fits(name, limits)) foreign.push_back(name);
  }
  for (auto const name : foreign) {
    if (there_.contains(name)) continue;
    auto wire = renamed(std::string{name}, limits, used);
    used.insert(wire);
    back_.emplace(wire, name);
    there_.emplace(name, std::move(wire));
  }
}

std::string_view ToolNames::out(std::string_view name) const {
  auto const found = there_.find(name);
  return found == there_.end() ? name : std::string_view{found->second};
}

std::vector<std::string> ToolNames::out(std::vector<std::string> const& names) const {
  std::vector<std::string> all;
  all.reserve(names.size());
  for (auto const& name : names) all.emplace_back(out(std::string_view{name}));
  return all;
}

std::string_view own_name(NameMap const& back, std::string_view wire) {
  auto const found = back.find(wire);
  return found == back.end() ? wire : std::string_view{found->second};
}

std::string short_id(std::string_view id, std::size_t longest) {
  if (id.size() <= longest) return std::string{id};
  auto const digest = crypto::sha256(as_bytes(id));
  return "call_" + to_hex(std::span{digest}.first(16));
}

}  // namespace tsg::providers
