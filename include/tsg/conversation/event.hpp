// What a provider answers, in the order in which it comes: items open, get their text piece by piece, close.
// Decoders give events, content rules and metering look at them, a surface's renderer makes bytes of them.
//
// What holds of the events of one answer:
// 1. An item is opened before anything is told of it, closed once, and nothing is told of it afterwards.
// 2. Items of one choice do not overlap, unless the surface can show them so (DecodeContext::overlapping).
//    Events that have a `wire` may always overlap: they are the provider's own, as they came.
// 3. Each choice has one `stop`, behind all its items. It is not the end of the answer: done() is.
// 4. However the provider's bytes are cut, the events are the same.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tsg/json/document.hpp"

namespace tsg::conversation {

// Why a choice ended.
enum class Stop : std::uint8_t {
  end,
  sequence,      // one of the client's, "" or as told in `text`
  length,        // the output limit
  context_full,  // the context window
  calls,         // it waits for the results of its calls
  filter,        // the provider's content filter
  refusal,       // the model's own
  pause,         // a long turn that goes on when it is sent back
  other,
};

struct Event {
  enum class Kind : std::uint8_t {
    head,      // who answers, before anything that is told of it and again where it changes: model, id
    open,      // an item begins: item_kind, id, name
    text,      // a piece of the open item's text, reasoning, refusal, arguments, input
    citation,  // json: {"type":"url_citation","url_citation":{…}}, places in characters of the choice's text
    seal,      // of the open item, what only its maker can read: signature, encrypted thoughts
    logprobs,  // json
    close,     // the item is whole; `partial` where the provider cut it
    stop,      // of a choice
    extra,     // json: members that only the client's own dialect can show; `at` says where
    last,  // wire: the provider's own chunk of the answer's end, for the renderer's tail; `where`: see there
    pass,  // nothing neutral in it: `wire` alone
  };
  enum class Item : std::uint8_t {
    text,
    refusal,
    thought,
    summary,  // of thoughts, told by the provider to be no more
    call,
    custom_call,  // its text is free, not JSON
    audio,        // its text is the transcript
    other,        // a text that only the client's own dialect knows, there under `name`
  };
  // Where an extra's members stand in the answer of a chat completion.
  enum class At : std::uint8_t {
    answer,    // beside choices
    ending,    // beside usage: they leave last
    choice,    // beside message or delta
    message,   // in it
    call,      // in an element of tool_calls
    function,  // in its function or function_call
    custom,    // in its custom
    audio,     // in the message's audio
  };

  Event() = default;
  Event(Kind k, std::uint32_t c, std::uint32_t i = 0) noexcept : kind{k}, choice{c}, item{i} {}

  Kind kind = Kind::pass;
  Item item_kind = Item::text;  // of open, and again of all that is told of the item
  At at = At::message;
  Stop stop = Stop::end;
  bool partial = false;
  bool joined = false;   // one event of the client's with the one before
  bool changed = false;  // by a content rule: the text in `wire` is no longer the one to show
  std::uint32_t choice = 0;
  std::uint32_t item = 0;   // its place in its choice, never used twice
  std::uint32_t place = 0;  // of a call: among the calls of its choice
  std::string_view text;
  std::string_view id;  // open: of a call. head: the provider's id of the answer, where the client gets that
  std::string_view
      name;  // open: of a call. head: the model. text: its member where that is not the usual one
  std::string_view json;  // an extra's is always an object
  // The client's own dialect: the event's bytes as the client may have them. Events that come of the same
  // bytes follow it, `joined`.
  std::string_view wire;
  // In `wire`: the JSON string of `text`; the value of `json`, of an extra the one member; of `last` the
  // place behind the provider's own usage where the gateway's members go in. Empty: it is not there.
  json::Span where, id_where, name_where;
  std::int64_t created = 0;  // head: the provider's time of the answer in Unix seconds; 0: it has none

  bool content() const noexcept {
    return (kind == Kind::text && !text.empty()) ||
           (kind == Kind::open && (item_kind == Item::call || item_kind == Item::custom_call));
  }
};

// The events of one feed and the bytes they point into, reused for a whole answer: once warm, nothing is
// allocated. Not copied: views point into it.
class EventBatch {
 public:
  EventBatch() = default;
  EventBatch(EventBatch&&) noexcept = default;
  EventBatch& operator=(EventBatch&&) noexcept = default;

  std::span<Event const> events() const noexcept { return events_; }
  std::span<Event> events() noexcept { return events_; }
  bool empty() const noexcept { return events_.empty(); }
  std::size_t size() const noexcept { return events_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }  // that are kept
  // How many of the provider's events have a part of the answer in them: no more than it has made tokens.
  // Events that are joined count as one.
  std::size_t content_events() const noexcept;

  // Its views are kept. The reference holds until the next one.
  Event& add(Event const& event);
  void append(EventBatch const& other);
  std::string_view keep(std::string_view bytes);
  char* room(std::size_t bytes);  // uninitialised, kept
  void truncate(std::size_t events) noexcept { events_.resize(events); }
  void clear() noexcept;

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  bool kept(std::string_view view) const noexcept;
  std::string_view own(std::string_view view) { return view.empty() || kept(view) ? view : keep(view); }

  std::vector<Event> events_;
  std::vector<Block> blocks_;
  std::size_t block_ = 0, used_ = 0;  // the block that is filled, and how far
  std::size_t bytes_ = 0;
};

}  // namespace tsg::conversation
