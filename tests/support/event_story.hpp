// What the events of an answer tell, and whether they keep what conversation/event.hpp promises.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/conversation/event.hpp"

namespace tsg::conversation {

// One line for each event, all that it says. Two streams that tell the same have the same lines.
inline std::string line_of(Event const& e) {
  static constexpr std::string_view kKinds[] = {"head",  "open", "text",  "citation", "seal", "logprobs",
                                                "close", "stop", "extra", "last",     "pass"};
  std::string out{kKinds[static_cast<std::size_t>(e.kind)]};
  for (auto const number : {std::size_t{e.choice}, std::size_t{e.item}, std::size_t{e.place},
                            static_cast<std::size_t>(e.item_kind), static_cast<std::size_t>(e.at),
                            static_cast<std::size_t>(e.stop), std::size_t{e.partial}, std::size_t{e.joined},
                            e.where.begin, e.where.end, static_cast<std::size_t>(e.created)})
    out += " " + std::to_string(number);
  for (auto const text : {e.text, e.id, e.name, e.json, e.wire}) out += "|" + std::string{text};
  return out + "\n";
}

struct ToldItem {
  Event::Item kind = Event::Item::text;
  std::string id, name, text;
  std::size_t citations = 0;
  bool closed = false;
};
struct ToldChoice {
  std::vector<ToldItem> items;
  bool stopped = false;
  Stop stop = Stop::end;

  std::string joined(Event::Item kind) const {
    std::string out;
    for (auto const& item : items)
      if (item.kind == kind) out += item.text;
    return out;
  }
  std::vector<std::string> calls() const {
    std::vector<std::string> out;
    for (auto const& item : items)
      if (item.kind == Event::Item::call || item.kind == Event::Item::custom_call)
        out.push_back(item.id + "|" + item.name + "|" + item.text);
    return out;
  }
  std::size_t citations() const {
    std::size_t n = 0;
    for (auto const& item : items) n += item.citations;
    return n;
  }
};

class Story {
 public:
  explicit Story(bool overlapping = true) : overlapping_{overlapping} {}
  void add(EventBatch const& batch) {
    for (auto const& event : batch.events()) add(event);
  }
  std::string const& lines() const noexcept { return lines_; }
  std::string const& broken() const noexcept { return broken_; }  // the first promise that was not kept
  std::map<std::uint32_t, ToldChoice> const& choices() const noexcept { return choices_; }

 private:
  void add(Event const& e) {
    using Kind = Event::Kind;
    lines_ += line_of(e);
    if (e.joined) {
      if (lines_.find('\n') + 1 == lines_.size()) wrong("joined to nothing", e);
    } else {
      wire_ = e.wire;
    }
    bool const own = !wire_.empty();
    if (e.where.end > wire_.size()) wrong("a place outside of its bytes", e);
    if (e.kind == Kind::head || e.kind == Kind::last || e.kind == Kind::pass) return;
    if (e.kind == Kind::extra && (e.at == Event::At::answer || e.at == Event::At::ending)) return;
    auto& choice = choices_[e.choice];
    if (choice.stopped && e.kind != Kind::extra) wrong("something behind the stop", e);
    if (e.kind == Kind::stop) {
      for (auto const& item : choice.items)
        if (!item.closed) wrong("a stop before an item is closed", e);
      choice.stopped = true;
      choice.stop = e.stop;
    }
    if (e.kind == Kind::open) {
      if (e.item != choice.items.size()) wrong("an item out of order", e);
      if (!overlapping_ && !own)
        for (auto const& item : choice.items)
          if (!item.closed) wrong("an item within another", e);
      choice.items.resize(e.item + 1);
      choice.items[e.item].kind = e.item_kind;
      choice.items[e.item].id = e.id;
      choice.items[e.item].name = e.name;
    }
    bool const of_item =
        e.kind == Kind::text || e.kind == Kind::citation || e.kind == Kind::seal || e.kind == Kind::close;
    if (!of_item) return;
    if (e.item >= choice.items.size()) return wrong("an item that nobody opened", e);
    auto& item = choice.items[e.item];
    if (item.closed) wrong("an item that is closed", e);
    if (e.item_kind != item.kind && e.kind == Kind::text) wrong("a text of another kind", e);
    item.text += e.kind == Kind::text ? e.text : std::string_view{};
    item.citations += e.kind == Kind::citation;
    item.closed = e.kind == Kind::close;
  }
  void wrong(std::string_view what, Event const& e) {
    if (broken_.empty()) broken_ = std::string{what} + ": " + line_of(e);
  }

  bool overlapping_;
  std::string lines_, broken_, wire_;
  std::map<std::uint32_t, ToldChoice> choices_;
};

}  // namespace tsg::conversation
