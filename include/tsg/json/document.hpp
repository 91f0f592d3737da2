// A client's body, read once: simdjson validates and gives the DOM, our own strict scanner gives the
// byte spans of the top-level members, so that a body can be forwarded by editing spans (JSON-5).
// Where the two disagree the body is refused. Duplicate keys at any depth are refused (JSON-3).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"

namespace simdjson::dom {
class object;  // who reads values includes <simdjson.h>; half of the sources only pass documents on
}

namespace tsg::json {

struct Limits {
  std::size_t depth_max = 128;       // nested arrays and objects; the root object is 1
  std::size_t members_max = 10'000;  // of one object
  std::size_t values_max =
      SIZE_MAX;  // of the whole text, whatever they are: each costs its reader many bytes
  std::size_t number_chars_max = 128;  // of one spelling; valid test texts have 80
  // Members of the root object, or of an object in it, whose value may name a member twice.
  std::span<std::string_view const> may_repeat{};
  bool unique_names = true;  // in each object
};

struct Span {
  std::size_t begin = 0, end = 0;  // [begin, end) in Document::text()
  std::size_t size() const noexcept { return end - begin; }
};

struct Member {
  std::string_view key;  // decoded; lives as long as the document
  Span key_span;         // with its quotes
  Span value;
};

// What the scanner finds in a valid JSON text, which must outlive the views in it. Not copied: keys may
// point into `decoded`.
struct Scan {
  Scan() = default;
  Scan(Scan&&) noexcept = default;
  Scan& operator=(Scan&&) noexcept = default;
  bool root_is_object = false;
  bool repeats = false;              // somewhere in it a member stands twice, where that was allowed
  std::vector<Member> members;       // of the root object in order; of a root array with empty keys
  std::vector<std::string> decoded;  // storage for keys that had escapes
  void clear() noexcept {
    root_is_object = repeats = false;
    members.clear();
    decoded.clear();
  }
};
// Strict RFC 8259 + UTF-8 (no surrogates, no BOM) + limits. The error's message names the byte offset
// and the rule, never the content. No recursion.
Result<Scan> scan(std::string_view text, Limits const& limits);
Result<> scan_into(std::string_view text, Limits const& limits, Scan& scan);  // the same, reusing memory
// The same for one nested object or array of a scanned text; spans are positions in `text`.
Result<Scan> scan_children(std::string_view text, Span container);
Result<> scan_children_into(std::string_view text, Span container, Scan& scan);  // reusing memory

// Where each object and array of a scanned text ends, found in one pass. Who walks down a deep text with it
// looks at each byte once; without, once for each level.
class Outline {
 public:
  explicit Outline(std::string_view text);
  std::size_t end_of(std::size_t begin) const noexcept;  // `begin`: where a container does

 private:
  std::vector<Span> spans_;  // by where they begin
};
Result<Scan> scan_children(std::string_view text, Span container, Outline const& outline);
Result<> scan_children_into(std::string_view text, Span container, Outline const& outline, Scan& scan);

// Owns the bytes and the DOM. Parsers are recycled per thread, so parsing allocates nothing for
// ordinary sizes. Movable; views and elements stay valid after a move.
class Document {
 public:
  static Result<Document> parse(std::string body, Limits const& limits = {});
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  std::string_view text() const noexcept;
  simdjson::dom::object root() const noexcept;  // parse() refuses any other root
  std::span<Member const> members() const noexcept;
  Member const* find(std::string_view key) const noexcept;
  std::string_view raw(Span span) const noexcept { return text().substr(span.begin, span.size()); }
  // Frees the DOM and gives the bytes back; the document is empty afterwards.
  std::string release() &&;

 private:
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Edits of a JSON text: replace, erase, insert. Bytes outside the edited spans are untouched.
class Edits {
 public:
  void replace(Span span, std::string text);
  void insert(std::size_t at, std::string text) { replace({at, at}, std::move(text)); }
  // A member with the comma that belongs to it, so that what is left is valid, whatever else is erased.
  void erase_member(std::string_view text, Member const& member);
  // Before the closing brace of the object that ends at `object.end`; adds a comma unless nothing is before.
  void append_member(std::string_view text, Span object, std::string_view key, std::string_view raw_value);
  bool empty() const noexcept { return edits_.empty(); }
  std::size_t count() const noexcept { return edits_.size(); }
  void clear() noexcept { edits_.clear(); }
  std::string apply(std::string_view text) const;  // edits must not overlap; order of calls is free
  // The same into `out`, reusing its memory. A place in `text` that no edit touches is given back as the
  // place where it comes to stand.
  std::size_t apply_to(std::string_view text, std::string& out, std::size_t place = 0) const;

 private:
  enum class Kind : std::uint8_t { replace, erase, append };
  struct Edit {
    Edit(Kind k, Span s, std::string t) : kind{k}, span{s}, text{std::move(t)} {}
    Kind kind;
    Span span;
    std::string text;
  };
  static void write(Edit const& edit, std::string_view text, std::string& out, std::size_t& at);
  std::vector<Edit> edits_;
};

}  // namespace tsg::json
