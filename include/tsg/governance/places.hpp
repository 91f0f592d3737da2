// The places of a request and of an answer as content rules see them: what a text is, is decided by where it
// stands, never by what it begins with nor by a member's name anywhere. The README has the same as a table,
// and a test holds the two together.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace tsg::governance {

struct Place;
struct NamedPlace {
  std::string_view name;
  Place const* place;
};

struct Place {
  enum class Text : std::uint8_t {
    read,     // as it stands
    json,     // a JSON text: its strings, names and numbers are read, and it stays JSON
    word,     // one of the protocol's own words passes; anything else is read
    media,    // a URL: a payload of a base64 data: URL is looked into, not read; anything else is read
    payload,  // base64 without a URL around it; anything else is read
    skip,     // not read, whatever it is
  };
  Text text = Text::read;
  bool numbers = true;    // numbers are read as they are spelt; else they are settings
  bool joins = false;     // pieces of one text: read one by one, and where they meet
  bool together = false;  // means nothing in part: with a match in it, all of it is left out
  bool encoded = false;   // numbers here are text in a form that nobody can read
  std::span<NamedPlace const> members = {};  // the protocol's own names, which are not read
  Place const* others = nullptr;             // what stands under any other name; nullptr: anything()
  Place const* elements = nullptr;           // of an array; nullptr: each is as the whole
  std::span<std::string_view const> words = {};
};

Place const& anything() noexcept;      // read throughout: names, strings, numbers
Place const& chat_request() noexcept;  // the body of /v1/chat/completions
Place const& embeddings_request() noexcept;
Place const& chat_answer() noexcept;  // chat.completion, and a chunk of a stream
Place const& json_answer() noexcept;  // the same, where the client asked for JSON
Place const& child(Place const& of, std::string_view name, bool& known) noexcept;

}  // namespace tsg::governance
