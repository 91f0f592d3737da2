// A chat.completion.chunk as events: what its texts are, whose, and where they stand in its bytes. For
// streams that are passed on as they came, and for chunks of our own that are read again.
#pragma once
#include <map>
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
  static constexpr std::int64_t kNone = -1, kLegacy = -2;
  static constexpr std::size_t kNowhere = SIZE_MAX;
  // What makes an item: its kind, of a call its number as the chunk says (kLegacy for function_call), of a
  // text that has not the usual member its name.
  template <class Text>
  struct Name {
    Event::Item kind;
    std::int64_t number;
    Text member;
  };
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(Name<A> const& a, Name<B> const& b) const noexcept {
      if (a.number != b.number) return a.number < b.number;
      if (a.number != kNone) return false;
      if (a.kind != b.kind) return a.kind < b.kind;
      return std::string_view{a.member} < std::string_view{b.member};
    }
  };
  struct Item {
    Event::Item kind;
    std::int64_t number;
    std::uint32_t place;
  };
  struct Choice {
    std::int64_t index = 0;
    bool ended = false;
    std::vector<Item> items;  // their place here is their number
    std::map<Name<std::string>, std::uint32_t, Less> known;
  };

  Choice& known_choice(std::int64_t index);
  // items.size() if there is none.
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
  // `open`: where in found_ the item is opened, kNowhere: it was before.
  void body(Choice& choice, std::uint32_t item, RawNode const& holder, std::size_t open);
  void audio(Choice& choice, RawNode const& audio);
  void end(Choice& choice, std::string_view word);
  void add(Event event, std::size_t before, bool joined, conversation::EventBatch& out) const;

  std::vector<Choice> choices_;
  std::vector<Event> found_;  // strings as they are spelt, with their quotes
};

}  // namespace tsg::providers
