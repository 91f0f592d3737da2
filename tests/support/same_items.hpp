// The items of an answer as lines, from a whole one and from a stream: the same answer has the same lines.
// Pieces of one kind in a row are one line, and arguments are what they say, not how they are spelt.
#pragma once
#include <nlohmann/json.hpp>

#include "support/event_story.hpp"
#include "tsg/conversation/answer.hpp"

namespace tsg::conversation {

class ItemLines {
 public:
  void add(Event::Item kind, std::string_view id, std::string_view name, std::string_view text) {
    bool const call = kind == Event::Item::call;
    if (!call && kind != Event::Item::custom_call) {
      if (text.empty()) return;
      if (kind == last_) return void(lines_.back() += text);
    }
    last_ = kind;
    std::string line = std::to_string(static_cast<int>(kind)) + "|";
    line.append(id).append("|").append(name).append("|");
    auto const json = call ? nlohmann::json::parse(text, nullptr, false) : nlohmann::json();
    line += json.is_object() ? json.dump() : std::string{text};
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> const& lines() const noexcept { return lines_; }

 private:
  std::vector<std::string> lines_;
  Event::Item last_ = Event::Item::other;
};

inline std::vector<std::string> lines_of(WholeChoice const& choice) {
  ItemLines out;
  for (auto const& item : choice.items) out.add(item.kind, item.id, item.name, item.text);
  return out.lines();
}
inline std::vector<std::string> lines_of(ToldChoice const& choice) {
  ItemLines out;
  for (auto const& item : choice.items) out.add(item.kind, item.id, item.name, item.text);
  return out.lines();
}

}  // namespace tsg::conversation
