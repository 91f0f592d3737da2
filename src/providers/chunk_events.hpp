// A chat.completion.chunk as events: what its texts are, whose, and where they stand in its bytes. For
// streams that are passed on as they came, and for chunks of our own that are read again.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/raw_json.hpp"
#include "tsg/conversation/event.hpp"

namespace tsg::providers {

// One for each stream: it knows which items are open. All items of a choice stay open until it ends, since
// chunks may mix them. What is found is kept until it is committed.
class ChunkEvents {
 public:
  using Event = conversation::Event;
  void chunk(RawNode const& root);    // all of it
  void choices(RawNode const& list);  // of an element each
  // And one of them, and what stands in its delta.
  void choice(RawNode const& choice, RawNode const& delta, std::int64_t index);
  void members(RawNode const& root, Event::At at = Event::At::answer);  // those beside choices
  static bool any_members(RawNode const& root) noexcept;
  // The choices have moved in the text.
  void move(std::ptrdiff_t by) noexcept;
  void drop() noexcept { found_.clear(); }

  // What was found in `text`, which leaves as one event of the client's.
  void commit(std::string_view text, conversation::EventBatch& out);
  // The same of a chunk that is kept for the end. `usage_end` as in Shaped.
  void commit_last(std::string_view text, std::size_t usage_end, conversation::EventBatch& out);
  // What is told of a call by its number, for events of our own. nullopt: nobody has heard of it.
  std::optional<Event> of_call(std::int64_t choice, std::int64_t number) const;

 private:
  struct Item {
    Item(Event::Item k, std::int64_t n, std::string_view m) : kind{k}, number{n}, member{m} {}
    Event::Item kind;
    std::int64_t number;  // of a call, as the chunk says; kLegacy for function_call
    std::string member;   // of a text that has not the usual one
    std::uint32_t place = 0;
  };
  struct Choice {
    std::int64_t index = 0;
    bool ended = false;
    std::vector<Item> items;  // their place here is their number
    std::uint32_t calls = 0;
  };
  static constexpr std::int64_t kNone = -1, kLegacy = -2;

  Choice& known_choice(std::int64_t index);
  static std::uint32_t find(Choice const& choice, Event::Item kind, std::int64_t number,
                            std::string_view member) noexcept;
  Event event(Event::Kind kind, Choice const& choice, std::uint32_t item) const;
  std::uint32_t opened(Choice& choice, Event::Item kind, std::int64_t number, std::string_view member);
  void text(Choice& choice, Event::Item kind, RawNode const& node, json::Member const& m,
            std::string_view member = {});
  void extra(Event::At at, Choice const* choice, RawNode const& node, json::Member const& m,
             std::uint32_t item = 0);
  void delta(Choice& choice, RawNode const& delta);
  void citations(Choice& choice, RawNode const& list);
  void call(Choice& choice, RawNode const& call);
  void body(Choice& choice, std::uint32_t item, RawNode const& holder, bool fresh);
  void audio(Choice& choice, RawNode const& audio);
  void end(Choice& choice, std::string_view word);
  void add(Event event, std::size_t before, bool joined, conversation::EventBatch& out) const;

  std::vector<Choice> choices_;
  std::vector<Event> found_;  // strings as they are spelt, with their quotes
};

}  // namespace tsg::providers
