// The client's question as everything behind key auth sees it, whatever surface it came by: facts for policy,
// budget and router, and for encoders the conversation, the tools and everything else that was asked for.
#pragma once
#include <cstdint>
#include <forward_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/conversation/item.hpp"
#include "tsg/core/error.hpp"
#include "tsg/json/document.hpp"

namespace tsg::conversation {

enum class Feature : std::uint8_t;  // feature.hpp

enum class Surface : std::uint8_t { chat, embeddings };
enum class Operation : std::uint8_t { chat, embeddings };

// Extracted once, with types and ranges checked. They outlive the client's bytes (Prompt::release).
struct Facts {
  Facts() = default;
  Operation operation = Operation::chat;
  std::string model;  // as the client wrote it
  bool stream = false;
  bool include_usage = false;              // stream_options.include_usage, or normalized mode
  bool normalized = false;                 // top-level `system` was used
  std::optional<std::string> system;       // its text
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens, else max_tokens
  std::int64_t n = 1;
  bool tools = false, server_tools = false, images = false, audio_in = false, audio_out = false,
       files = false, json_schema = false, json_object = false, logprobs = false;
  bool strict =
      false;  // sampling that the model has no control for is refused, not left out (by policy or header)
  bool legacy_functions = false;  // `functions` and no `tools`: who sends them knows no tool_calls
  std::string reasoning_effort, service_tier, user;
  std::string search_context;   // web_search_options.search_context_size; "" = not said
  std::string encoding_format;  // embeddings: float (default) or base64
  std::size_t text_bytes = 0;   // of all text that reaches the model: bounds its tokens
  std::size_t message_count = 0;
  std::size_t call_id_longest = 0;  // bytes, of the ids of calls in the history
  // Media, for input_bound(): how many images, encoded bytes of audio and files sent inline, how many files;
  // and the first part whose size cannot be known here (a stored file, an unknown kind), "" = none.
  std::size_t image_count = 0, media_bytes = 0, file_count = 0;
  std::string unmeasured;
};

struct Tool {
  enum class Kind : std::uint8_t { function, custom, hosted };
  // What is meant, never a default of one surface: unsaid means off on chat, on elsewhere.
  enum class Strict : std::uint8_t { unsaid_off, unsaid_on, off, on };
  Tool() = default;
  Kind kind = Kind::function;
  Strict strictness = Strict::unsaid_off;
  std::string_view type;         // decoded: "function", "custom", or a hosted tool's
  std::string_view name;         // decoded; of a hosted tool its own, "" if it has none
  std::string_view description;  // JSON string or ""
  std::string_view schema;       // JSON object or ""
  std::string_view format;       // custom: the grammar, an object in chat's form; "" = none
  std::string_view cache;        // cache_control, an object; "" = none
  std::string_view raw;
  Where where;
  bool strict() const noexcept { return strictness == Strict::on || strictness == Strict::unsaid_on; }
};

struct ToolChoice {
  enum class Kind : std::uint8_t { unset, none, automatic, required, named, hosted, allowed };
  ToolChoice() = default;
  Kind kind = Kind::unset;
  std::string name;                  // named; hosted, "" if the tool has none
  std::string type;                  // hosted: of the tool that runs at the provider
  std::vector<std::string> allowed;  // allowed: names, in the client's order
  bool required = false;             // allowed: one of them must be called
  bool respelt = false;              // in words or a shape of another API, which mean the same
  std::string_view param = "tool_choice";
  std::set<std::string, std::less<>> names;  // allowed

  // A call is demanded.
  bool forced() const noexcept {
    return kind == Kind::required || kind == Kind::named || kind == Kind::hosted ||
           (kind == Kind::allowed && required);
  }
  bool offers(std::string_view tool) const { return kind != Kind::allowed || names.contains(tool); }
};

struct AnswerFormat {
  enum class Kind : std::uint8_t { text, json_object, json_schema };
  AnswerFormat() = default;
  Kind kind = Kind::text;
  std::string_view name;         // decoded
  std::string_view description;  // JSON string or ""
  std::string_view schema;       // JSON object
  bool strict = false;
  std::string_view raw;  // as the client wrote it, of any kind
};

// What the client wrote at the top of its body, member by member. Whoever encodes for another dialect takes
// each, drops it by table, or refuses it.
struct Wish {
  Wish(Feature f, std::string_view n, std::string_view r) : feature{f}, name{n}, raw{r} {}
  Feature feature;        // Feature::unknown: nobody modelled it
  std::string_view name;  // the client's word for it, for errors and records
  std::string_view raw;   // its value: decides whether anything is asked for
};

struct Prompt : Facts {
  explicit Prompt(json::Document d) : document{std::move(d)} {}
  json::Document document;  // the client's body: what views point into, and what the same dialect edits
  Surface surface = Surface::chat;
  std::vector<Item> items;    // in order, system text of its own member first
  std::vector<Tool> offered;  // tools
  // An error where nobody can say what is meant: for who must translate it. The client's own dialect judges
  // its own words.
  Result<ToolChoice> choice{ToolChoice{}};
  bool parallel = true;  // several calls in one answer are welcome
  AnswerFormat format;
  std::vector<std::string> stops;        // decoded, none empty
  std::vector<Wish> wishes;              // in the client's order
  std::vector<std::string_view> inputs;  // of embeddings: JSON strings, numbers, arrays of numbers
  std::forward_list<std::string> own;    // what views point to that stands nowhere in the body

  // What was said of it, "" if nothing or null.
  std::string_view said(Feature feature) const noexcept;
  std::string_view said(std::string_view name) const noexcept;
  std::size_t bytes() const noexcept;  // what items and tools take beside the body
  // Once nobody else can be asked: all but the facts goes.
  void release();
};

}  // namespace tsg::conversation
