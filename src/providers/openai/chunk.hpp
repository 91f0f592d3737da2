// One chat.completion.chunk: what a decoder must know of it, and what must be changed before it is passed on.
#pragma once
#include <bitset>

#include "providers/chunk_events.hpp"
#include "providers/openai/mend.hpp"
#include "providers/raw_json.hpp"
#include "tsg/core/error.hpp"
#include "tsg/json/document.hpp"

namespace tsg::providers::openai {

// What has begun and ended, per choice: exactly one finish_reason each (§1.7, invariant 3).
class ChoiceBook {
 public:
  static constexpr std::size_t choices_max = 128;  // n is at most 128

  struct Seen {
    Seen() = default;
    std::int64_t output_bytes = 0;    // text, reasoning, arguments
    bool payload = false;             // anything that belongs to the answer proper
    bool redundant = true;            // only choices that have ended already
    bool ends = false;                // a choice ends with it
    bool goes_on = false;             // another does not
    bool described = false;           // `events` has it
    std::vector<std::int64_t> ended;  // of `ends`, which
  };
  // Edits mend finish reasons: a second one and "" become null, unknown words legal ones. With `calls`, of a
  // loose server, choices and deltas are completed too. `events` gets the choice of a chunk that has one and
  // needs no edit, as nearly all.
  Result<Seen> read(RawNode const& choices, json::Edits& edits, CallBook* calls = nullptr,
                    ChunkEvents* events = nullptr);
  // All choices that began have ended, and there was at least one.
  bool complete() const noexcept { return begun_.any() && begun_ == ended_; }
  std::size_t begun() const noexcept { return begun_.count(); }

 private:
  struct Looked;
  Result<> read_choice(Looked& at, json::Edits& edits, CallBook* calls, Seen& seen);
  std::bitset<choices_max> begun_, ended_;
};

}  // namespace tsg::providers::openai
