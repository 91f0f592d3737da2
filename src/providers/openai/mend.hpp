// What servers that merely speak the dialect leave out or misspell of OpenAI's objects, completed to what
// strictly typed clients can read (DecodeContext::loose). The provider's own bytes never come here. Whatever
// cannot be completed is an error that names the member.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/openai_shape.hpp"
#include "providers/raw_json.hpp"
#include "providers/whole.hpp"
#include "tsg/core/error.hpp"
#include "tsg/json/document.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers::openai {

// `created` as whole seconds, from whatever unit or spelling it came in; nullopt: it is no time.
std::optional<std::int64_t> seconds_of(std::string_view raw) noexcept;

// `id`, `object`, `created` and `model` of an answer or a chunk.
void mend_root(json::Edits& edits, RawNode const& root, std::string_view object, ChunkHead const& head);
void put_root_member(json::Edits& edits, RawNode const& root, std::string_view key, std::string value);
// Counts as integers, and `total_tokens`. Of a usage that can be read.
void mend_counts(json::Edits& edits, RawNode const& usage, Operation operation);

// A content that is a list of parts, as the strings a client knows.
struct ContentParts {
  ContentParts() = default;
  std::string text, thinking;
};
Result<ContentParts> read_content_parts(RawNode const& list, std::string_view path);

// Arguments as JSON text in a string, where the server gave an object; "" for a string, which stays.
std::string arguments_string(std::string_view raw);

// An id for a call that has none. `answer`: the answer's own id.
std::string made_call_id(std::string_view answer, std::int64_t choice, std::string_view call);

// The message of choice `place` of a whole answer. `content`: its text as JSON, where it was no string.
Result<> mend_message(json::Edits& edits, RawNode const& message, json::Span span, std::size_t place,
                      std::string_view id, std::string& content);

// The same as items. `reason`: why it ended, a legal word.
WholeChoice items_of(RawNode const& choice, RawNode const& message, std::string_view reason);

// `data` of an embeddings answer: objects, places, and vectors in the encoding that was asked for.
Result<> mend_embeddings(json::Edits& edits, RawNode const& data, bool base64);

// The calls of a stream. Servers leave out `index`, give all calls the same, or repeat id, type and name in
// every piece; clients merge by index and put names together, so each call gets a number of its own and says
// its name once. One book for each stream.
class CallBook {
 public:
  // `path`: of `calls`, for errors.
  Result<> read(RawNode const& calls, std::int64_t choice, std::string_view path, json::Edits& edits);
  // The choice ends: the numbers of its calls that never had arguments, which are `{}`. An error names a call
  // that never had a name.
  Result<std::vector<std::int64_t>> end(std::int64_t choice);

  explicit CallBook(std::string id) : id_{std::move(id)} {}

 private:
  struct Call {
    Call() = default;
    std::string id, name;
    std::int64_t number = 0;
    std::optional<std::int64_t> theirs;  // the index the server gave it
    bool custom = false;
    bool arguments = false, closed = false;  // any came; the last piece ended with a brace
  };
  Call* known(std::vector<Call>& all, std::string_view id, std::optional<std::int64_t> theirs,
              std::string_view name);
  Result<> begin(Call& call, RawNode const& piece, json::Span span, std::string_view kind,
                 std::string_view path, json::Edits& edits);
  void go_on(Call& call, RawNode const& piece, std::string_view kind, json::Edits& edits);

  std::map<std::int64_t, std::vector<Call>> calls_;
  std::string id_;  // of the answer: calls without an id get one made of it
};

}  // namespace tsg::providers::openai
