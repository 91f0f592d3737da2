#include "tsg/governance/places.hpp"

#include <algorithm>
#include <array>

namespace tsg::governance {
namespace place_table {
namespace {

using Word = std::string_view;
template <std::size_t N>
using Words = std::array<Word, N>;

// --- words of the protocol, by where they stand
constexpr Words<6> kRoles{"system", "developer", "user", "assistant", "tool", "function"};
constexpr Words<6> kPartTypes{"text", "refusal", "image_url", "input_audio", "file", "video_url"};
constexpr Words<2> kToolTypes{"function", "custom"};
constexpr Words<4> kChoices{"none", "auto", "required", "allowed_tools"};
constexpr Words<4> kFormats{"text", "json_object", "json_schema", "regex"};
constexpr Words<5> kGrammars{"text", "grammar", "lark", "regex", "gbnf"};
constexpr Words<1> kContent{"content"};
constexpr Words<3> kModalities{"text", "audio", "image"};
constexpr Words<4> kDetails{"auto", "low", "high", "original"};
constexpr Words<9> kAudio{"wav", "mp3", "aac", "flac", "ogg", "opus", "aiff", "m4a", "pcm16"};
constexpr Words<13> kVoices{"alloy", "ash",  "ballad", "cedar", "coral",   "echo", "fable",
                            "marin", "nova", "onyx",   "sage",  "shimmer", "verse"};
constexpr Words<8> kEfforts{"none", "minimal", "low", "medium", "high", "xhigh", "max", "default"};
constexpr Words<7> kTiers{"auto", "default", "flex", "scale", "priority", "standard", "standard_only"};
constexpr Words<3> kSizes{"low", "medium", "high"};
constexpr Words<5> kThinking{"enabled", "disabled", "adaptive", "summarized", "omitted"};
constexpr Words<8> kCaching{"ephemeral", "5m", "30m", "1h", "24h", "in_memory", "in-memory", "persistent"};
constexpr Words<1> kApproximate{"approximate"};
constexpr Words<7> kSchemaTypes{"object", "array", "string", "number", "integer", "boolean", "null"};
constexpr Words<15> kSchemaFormats{"date-time", "time",  "date",  "duration", "email",
                                   "hostname",  "uri",   "ipv4",  "ipv6",     "uuid",
                                   "regex",     "int32", "int64", "float",    "double"};
constexpr Words<2> kEncodings{"float", "base64"};
constexpr Words<7> kFinish{"stop", "length", "tool_calls", "content_filter", "function_call", "error", "eos"};
constexpr Words<2> kThoughts{"thinking", "redacted_thinking"};
constexpr Words<4> kAnnotations{"url_citation", "file_citation", "file_path", "container_file_citation"};

struct P {  // they name each other
  static Place const any, text, json, media, payload, skip, number;
  static Place const role, part_type, tool_type, choice_word, format_type, grammar_word, content_type,
      modality, detail, audio_format, effort, tier, size, thinking_word, caching_word, approximate,
      schema_type, schema_format, encoding, finish, thought_type, annotation_type;
  static Place const schema, schemas;
  static Place const messages, message, contents, part, part_text, image_url, input_audio, file,
      cache_control;
  static Place const calls, call, function, custom, extra, google, thoughts, thought, spoken;
  static Place const tools, tool, tool_function, tool_custom, custom_format, grammar, functions, tool_choice,
      allowed_tools;
  static Place const response_format, json_schema, prediction, audio, voice, search, location, where,
      thinking, stream_options, cache_options, token_weights;
  static Place const request, embeddings, embedded;
  static Place const answer, answer_in_json, choices, choices_in_json, choice, choice_in_json, reply,
      reply_in_json, reply_text, reply_json, reply_part, images, image, annotations, annotation, citation,
      result, results;
};

template <std::size_t N>
consteval Place words(Words<N> const& list) {
  Place p;
  p.text = Place::Text::word;
  p.words = list;
  return p;
}
template <std::size_t N>
consteval Place object(std::array<NamedPlace, N> const& members) {
  Place p;
  p.members = members;
  return p;
}
consteval Place array_of(Place const* element) {
  Place p;
  p.elements = element;
  return p;
}
consteval Place kind(Place::Text text) {
  Place p;
  p.text = text;
  return p;
}

constinit Place const P::any{};
constinit Place const P::text{};
constinit Place const P::json = kind(Place::Text::json);
constinit Place const P::media = kind(Place::Text::media);
constinit Place const P::payload = kind(Place::Text::payload);
constinit Place const P::skip{.text = Place::Text::skip, .numbers = false, .others = &P::skip};
constinit Place const P::number{.numbers = false};

constinit Place const P::role = words(kRoles);
constinit Place const P::part_type = words(kPartTypes);
constinit Place const P::tool_type = words(kToolTypes);
constinit Place const P::choice_word = words(kChoices);
constinit Place const P::format_type = words(kFormats);
constinit Place const P::grammar_word = words(kGrammars);
constinit Place const P::content_type = words(kContent);
constinit Place const P::modality = words(kModalities);
constinit Place const P::detail = words(kDetails);
constinit Place const P::audio_format = words(kAudio);
constinit Place const P::effort = words(kEfforts);
constinit Place const P::tier = words(kTiers);
constinit Place const P::size = words(kSizes);
constinit Place const P::thinking_word = words(kThinking);
constinit Place const P::caching_word = words(kCaching);
constinit Place const P::approximate = words(kApproximate);
constinit Place const P::schema_type = words(kSchemaTypes);
constinit Place const P::schema_format = words(kSchemaFormats);
constinit Place const P::encoding = words(kEncodings);
constinit Place const P::finish = words(kFinish);
constinit Place const P::thought_type = words(kThoughts);
constinit Place const P::annotation_type = words(kAnnotations);

// --- JSON Schema: its keywords are names of the protocol's, what it describes has names of the client's.
constexpr std::array kSchemaMembers{
    NamedPlace{"type", &P::schema_type},
    NamedPlace{"format", &P::schema_format},
    NamedPlace{"title", &P::text},
    NamedPlace{"description", &P::text},
    NamedPlace{"properties", &P::schemas},
    NamedPlace{"patternProperties", &P::schemas},
    NamedPlace{"$defs", &P::schemas},
    NamedPlace{"definitions", &P::schemas},
    NamedPlace{"items", &P::schema},
    NamedPlace{"prefixItems", &P::schema},
    NamedPlace{"additionalProperties", &P::schema},
    NamedPlace{"anyOf", &P::schema},
    NamedPlace{"oneOf", &P::schema},
    NamedPlace{"allOf", &P::schema},
    NamedPlace{"not", &P::schema},
    NamedPlace{"if", &P::schema},
    NamedPlace{"then", &P::schema},
    NamedPlace{"else", &P::schema},
    NamedPlace{"required", &P::text},
    NamedPlace{"enum", &P::any},
    NamedPlace{"const", &P::any},
    NamedPlace{"default", &P::any},
    NamedPlace{"examples", &P::any},
    NamedPlace{"pattern", &P::text},
    NamedPlace{"$ref", &P::text},
    NamedPlace{"$schema", &P::text},
    NamedPlace{"$id", &P::text},
    NamedPlace{"minimum", &P::any},
    NamedPlace{"maximum", &P::any},
    NamedPlace{"exclusiveMinimum", &P::any},
    NamedPlace{"exclusiveMaximum", &P::any},
    NamedPlace{"multipleOf", &P::any},
    NamedPlace{"minLength", &P::any},
    NamedPlace{"maxLength", &P::any},
    NamedPlace{"minItems", &P::any},
    NamedPlace{"maxItems", &P::any},
    NamedPlace{"uniqueItems", &P::any},
    NamedPlace{"minProperties", &P::any},
    NamedPlace{"maxProperties", &P::any},
    NamedPlace{"nullable", &P::any},
};
constinit Place const P::schema = object(kSchemaMembers);
constinit Place const P::schemas{.others = &P::schema};

// --- messages
constexpr std::array kCacheMembers{NamedPlace{"type", &P::caching_word}, NamedPlace{"ttl", &P::caching_word},
                                   NamedPlace{"mode", &P::caching_word}};
constinit Place const P::cache_control = object(kCacheMembers);
constinit Place const P::cache_options = object(kCacheMembers);

constexpr std::array kImageMembers{NamedPlace{"url", &P::media}, NamedPlace{"detail", &P::detail}};
constinit Place const P::image_url{.text = Place::Text::media, .members = kImageMembers};
constexpr std::array kInputAudioMembers{NamedPlace{"data", &P::payload},
                                        NamedPlace{"format", &P::audio_format}};
constinit Place const P::input_audio = object(kInputAudioMembers);
constexpr std::array kFileMembers{NamedPlace{"file_data", &P::payload}, NamedPlace{"file_id", &P::text},
                                  NamedPlace{"filename", &P::text}};
constinit Place const P::file = object(kFileMembers);
constinit Place const P::part_text{.joins = true};
constexpr std::array kPartMembers{
    NamedPlace{"type", &P::part_type},      NamedPlace{"text", &P::part_text},
    NamedPlace{"refusal", &P::part_text},   NamedPlace{"image_url", &P::image_url},
    NamedPlace{"video_url", &P::image_url}, NamedPlace{"input_audio", &P::input_audio},
    NamedPlace{"file", &P::file},           NamedPlace{"cache_control", &P::cache_control}};
constinit Place const P::part = object(kPartMembers);
constinit Place const P::contents{.joins = true, .elements = &P::part};

constexpr std::array kFunctionMembers{NamedPlace{"name", &P::text}, NamedPlace{"arguments", &P::json}};
constinit Place const P::function = object(kFunctionMembers);
constexpr std::array kCustomMembers{NamedPlace{"name", &P::text}, NamedPlace{"input", &P::text}};
constinit Place const P::custom = object(kCustomMembers);
constexpr std::array kGoogleMembers{NamedPlace{"thought_signature", &P::payload}};
constinit Place const P::google = object(kGoogleMembers);
constexpr std::array kExtraMembers{NamedPlace{"google", &P::google}};
constinit Place const P::extra = object(kExtraMembers);
constexpr std::array kCallMembers{NamedPlace{"index", &P::number},
                                  NamedPlace{"id", &P::text},
                                  NamedPlace{"type", &P::tool_type},
                                  NamedPlace{"function", &P::function},
                                  NamedPlace{"custom", &P::custom},
                                  NamedPlace{"extra_content", &P::extra},
                                  NamedPlace{"cache_control", &P::cache_control}};
constinit Place const P::call = object(kCallMembers);
constinit Place const P::calls = array_of(&P::call);

constexpr std::array kThoughtMembers{NamedPlace{"type", &P::thought_type}, NamedPlace{"thinking", &P::text},
                                     NamedPlace{"signature", &P::payload}, NamedPlace{"data", &P::payload}};
constinit Place const P::thought = object(kThoughtMembers);
// Signed by its provider: a changed one is refused, a missing one is not.
constinit Place const P::thoughts{.together = true, .elements = &P::thought};

constexpr std::array kSpokenMembers{NamedPlace{"id", &P::text}, NamedPlace{"data", &P::payload},
                                    NamedPlace{"expires_at", &P::number}, NamedPlace{"transcript", &P::text}};
constinit Place const P::spoken = object(kSpokenMembers);

constexpr std::array kMessageMembers{NamedPlace{"role", &P::role},
                                     NamedPlace{"content", &P::contents},
                                     NamedPlace{"name", &P::text},
                                     NamedPlace{"tool_call_id", &P::text},
                                     NamedPlace{"tool_calls", &P::calls},
                                     NamedPlace{"function_call", &P::function},
                                     NamedPlace{"refusal", &P::text},
                                     NamedPlace{"reasoning_content", &P::text},
                                     NamedPlace{"reasoning", &P::text},
                                     NamedPlace{"thinking_blocks", &P::thoughts},
                                     NamedPlace{"extra_content", &P::extra},
                                     NamedPlace{"audio", &P::spoken},
                                     NamedPlace{"cache_control", &P::cache_control}};
constinit Place const P::message = object(kMessageMembers);
constinit Place const P::messages = array_of(&P::message);

// --- tools
constexpr std::array kToolFunctionMembers{NamedPlace{"name", &P::text}, NamedPlace{"description", &P::text},
                                          NamedPlace{"parameters", &P::schema}, NamedPlace{"strict", &P::any},
                                          NamedPlace{"cache_control", &P::cache_control}};
constinit Place const P::tool_function = object(kToolFunctionMembers);
constexpr std::array kGrammarMembers{NamedPlace{"syntax", &P::grammar_word},
                                     NamedPlace{"definition", &P::text}};
constinit Place const P::grammar = object(kGrammarMembers);
constexpr std::array kCustomFormatMembers{NamedPlace{"type", &P::grammar_word},
                                          NamedPlace{"grammar", &P::grammar}};
constinit Place const P::custom_format = object(kCustomFormatMembers);
constexpr std::array kToolCustomMembers{NamedPlace{"name", &P::text}, NamedPlace{"description", &P::text},
                                        NamedPlace{"format", &P::custom_format}};
constinit Place const P::tool_custom = object(kToolCustomMembers);
constexpr std::array kToolMembers{
    NamedPlace{"type", &P::tool_type}, NamedPlace{"function", &P::tool_function},
    NamedPlace{"custom", &P::tool_custom}, NamedPlace{"cache_control", &P::cache_control}};
constinit Place const P::tool = object(kToolMembers);
constinit Place const P::tools = array_of(&P::tool);
constinit Place const P::functions = array_of(&P::tool_function);
constexpr std::array kAllowedMembers{NamedPlace{"mode", &P::choice_word}, NamedPlace{"tools", &P::tools}};
constinit Place const P::allowed_tools = object(kAllowedMembers);
constexpr std::array kChoiceWordMembers{
    NamedPlace{"type", &P::choice_word}, NamedPlace{"name", &P::text}, NamedPlace{"function", &P::function},
    NamedPlace{"custom", &P::custom}, NamedPlace{"allowed_tools", &P::allowed_tools}};
constinit Place const P::tool_choice{
    .text = Place::Text::word, .members = kChoiceWordMembers, .words = kChoices};

// --- settings
constexpr std::array kJsonSchemaMembers{NamedPlace{"name", &P::text}, NamedPlace{"description", &P::text},
                                        NamedPlace{"schema", &P::schema}, NamedPlace{"strict", &P::any}};
constinit Place const P::json_schema = object(kJsonSchemaMembers);
constexpr std::array kFormatMembers{NamedPlace{"type", &P::format_type},
                                    NamedPlace{"json_schema", &P::json_schema}};
constinit Place const P::response_format = object(kFormatMembers);
constexpr std::array kPredictionMembers{NamedPlace{"type", &P::content_type},
                                        NamedPlace{"content", &P::contents}};
constinit Place const P::prediction = object(kPredictionMembers);
constexpr std::array kVoiceMembers{NamedPlace{"id", &P::text}};
constinit Place const P::voice{.text = Place::Text::word, .members = kVoiceMembers, .words = kVoices};
constexpr std::array kAudioMembers{NamedPlace{"voice", &P::voice}, NamedPlace{"format", &P::audio_format}};
constinit Place const P::audio = object(kAudioMembers);
constexpr std::array kWhereMembers{NamedPlace{"city", &P::text}, NamedPlace{"country", &P::text},
                                   NamedPlace{"region", &P::text}, NamedPlace{"timezone", &P::text}};
constinit Place const P::where = object(kWhereMembers);
constexpr std::array kLocationMembers{NamedPlace{"type", &P::approximate},
                                      NamedPlace{"approximate", &P::where}};
constinit Place const P::location = object(kLocationMembers);
constexpr std::array kSearchMembers{NamedPlace{"search_context_size", &P::size},
                                    NamedPlace{"user_location", &P::location}};
constinit Place const P::search = object(kSearchMembers);
constexpr std::array kThinkingMembers{NamedPlace{"type", &P::thinking_word},
                                      NamedPlace{"budget_tokens", &P::number},
                                      NamedPlace{"display", &P::thinking_word}};
constinit Place const P::thinking = object(kThinkingMembers);
constexpr std::array kStreamMembers{NamedPlace{"include_usage", &P::any},
                                    NamedPlace{"include_obfuscation", &P::any}};
constinit Place const P::stream_options = object(kStreamMembers);
constinit Place const P::token_weights{.others = &P::number};

constexpr std::array kRequestMembers{
    NamedPlace{"model", &P::skip},  // judged by name: allowed_models, and decision.cpp
    NamedPlace{"messages", &P::messages},
    NamedPlace{"system", &P::text},
    NamedPlace{"tools", &P::tools},
    NamedPlace{"tool_choice", &P::tool_choice},
    NamedPlace{"functions", &P::functions},
    NamedPlace{"function_call", &P::tool_choice},
    NamedPlace{"parallel_tool_calls", &P::any},
    NamedPlace{"response_format", &P::response_format},
    NamedPlace{"stop", &P::text},
    NamedPlace{"metadata", &P::any},
    NamedPlace{"user", &P::text},
    NamedPlace{"safety_identifier", &P::text},
    NamedPlace{"prompt_cache_key", &P::text},
    NamedPlace{"prompt_cache_retention", &P::caching_word},
    NamedPlace{"prompt_cache_options", &P::cache_options},
    NamedPlace{"cache_control", &P::cache_control},
    NamedPlace{"prediction", &P::prediction},
    NamedPlace{"modalities", &P::modality},
    NamedPlace{"audio", &P::audio},
    NamedPlace{"web_search_options", &P::search},
    NamedPlace{"thinking", &P::thinking},
    NamedPlace{"reasoning_effort", &P::effort},
    NamedPlace{"service_tier", &P::tier},
    NamedPlace{"verbosity", &P::size},
    NamedPlace{"stream", &P::any},
    NamedPlace{"stream_options", &P::stream_options},
    NamedPlace{"store", &P::any},
    NamedPlace{"logprobs", &P::any},
    NamedPlace{"logit_bias", &P::token_weights},
    NamedPlace{"temperature", &P::number},
    NamedPlace{"top_p", &P::number},
    NamedPlace{"top_k", &P::number},
    NamedPlace{"top_logprobs", &P::number},
    NamedPlace{"frequency_penalty", &P::number},
    NamedPlace{"presence_penalty", &P::number},
    NamedPlace{"seed", &P::number},
    NamedPlace{"n", &P::number},
    NamedPlace{"max_tokens", &P::number},
    NamedPlace{"max_completion_tokens", &P::number},
    NamedPlace{"max_tool_calls", &P::number},
};
constinit Place const P::request = object(kRequestMembers);

constinit Place const P::embedded{.numbers = false, .encoded = true};
constexpr std::array kEmbeddingsMembers{NamedPlace{"model", &P::skip}, NamedPlace{"input", &P::embedded},
                                        NamedPlace{"encoding_format", &P::encoding},
                                        NamedPlace{"dimensions", &P::number}, NamedPlace{"user", &P::text}};
constinit Place const P::embeddings = object(kEmbeddingsMembers);

// --- answers
constexpr std::array kImagesMembers{NamedPlace{"type", &P::part_type}, NamedPlace{"index", &P::number},
                                    NamedPlace{"image_url", &P::image_url}};
constinit Place const P::image = object(kImagesMembers);
constinit Place const P::images = array_of(&P::image);
constexpr std::array kCitationMembers{NamedPlace{"url", &P::text}, NamedPlace{"title", &P::text},
                                      NamedPlace{"start_index", &P::number},
                                      NamedPlace{"end_index", &P::number}};
constinit Place const P::citation = object(kCitationMembers);
constexpr std::array kAnnotationMembers{NamedPlace{"type", &P::annotation_type},
                                        NamedPlace{"url_citation", &P::citation}};
constinit Place const P::annotation = object(kAnnotationMembers);
constinit Place const P::annotations = array_of(&P::annotation);

constexpr std::array kReplyPartMembers{NamedPlace{"type", &P::part_type}, NamedPlace{"text", &P::part_text},
                                       NamedPlace{"refusal", &P::part_text}};
constinit Place const P::reply_part = object(kReplyPartMembers);
constinit Place const P::reply_text{.joins = true, .elements = &P::reply_part};
constinit Place const P::reply_json{.text = Place::Text::json, .joins = true, .elements = &P::reply_part};

consteval auto reply_members(Place const* content) {
  return std::array{NamedPlace{"role", &P::role},
                    NamedPlace{"content", content},
                    NamedPlace{"refusal", &P::text},
                    NamedPlace{"reasoning_content", &P::text},
                    NamedPlace{"reasoning", &P::text},
                    NamedPlace{"tool_calls", &P::calls},
                    NamedPlace{"function_call", &P::function},
                    NamedPlace{"audio", &P::spoken},
                    NamedPlace{"annotations", &P::annotations},
                    NamedPlace{"images", &P::images},
                    NamedPlace{"thinking_blocks", &P::thoughts},
                    NamedPlace{"extra_content", &P::extra}};
}
constexpr auto kReplyMembers = reply_members(&P::reply_text);
constexpr auto kJsonReplyMembers = reply_members(&P::reply_json);
constinit Place const P::reply = object(kReplyMembers);
constinit Place const P::reply_in_json = object(kJsonReplyMembers);

// Log probabilities spell the text again: who filters takes them out (answer_filter.cpp).
consteval auto choice_members(Place const* reply) {
  return std::array{NamedPlace{"index", &P::number}, NamedPlace{"message", reply}, NamedPlace{"delta", reply},
                    NamedPlace{"finish_reason", &P::finish}, NamedPlace{"logprobs", &P::skip}};
}
constexpr auto kChoiceMembers = choice_members(&P::reply);
constexpr auto kJsonChoiceMembers = choice_members(&P::reply_in_json);
constinit Place const P::choice = object(kChoiceMembers);
constinit Place const P::choice_in_json = object(kJsonChoiceMembers);
constinit Place const P::choices = array_of(&P::choice);
constinit Place const P::choices_in_json = array_of(&P::choice_in_json);

constexpr std::array kResultMembers{NamedPlace{"title", &P::text},     NamedPlace{"url", &P::text},
                                    NamedPlace{"date", &P::text},      NamedPlace{"last_updated", &P::text},
                                    NamedPlace{"snippet", &P::text},   NamedPlace{"source", &P::text},
                                    NamedPlace{"image_url", &P::text}, NamedPlace{"origin_url", &P::text},
                                    NamedPlace{"height", &P::number},  NamedPlace{"width", &P::number}};
constinit Place const P::result = object(kResultMembers);
constinit Place const P::results = array_of(&P::result);

consteval auto answer_members(Place const* choices, Place const* content) {
  return std::array{NamedPlace{"id", &P::skip},
                    NamedPlace{"object", &P::skip},
                    NamedPlace{"created", &P::skip},
                    NamedPlace{"model", &P::skip},
                    NamedPlace{"provider", &P::skip},
                    NamedPlace{"usage", &P::skip},
                    NamedPlace{"service_tier", &P::skip},
                    NamedPlace{"system_fingerprint", &P::skip},
                    NamedPlace{"obfuscation", &P::skip},
                    NamedPlace{"choices", choices},
                    NamedPlace{"content", content},
                    NamedPlace{"citations", &P::any},
                    NamedPlace{"search_results", &P::results},
                    NamedPlace{"related_questions", &P::any},
                    NamedPlace{"images", &P::results}};
}
constexpr auto kAnswerMembers = answer_members(&P::choices, &P::text);
constexpr auto kJsonAnswerMembers = answer_members(&P::choices_in_json, &P::json);
constinit Place const P::answer = object(kAnswerMembers);
constinit Place const P::answer_in_json = object(kJsonAnswerMembers);

}  // namespace
}  // namespace place_table

using place_table::P;

Place const& anything() noexcept {
  return P::any;
}
Place const& chat_request() noexcept {
  return P::request;
}
Place const& embeddings_request() noexcept {
  return P::embeddings;
}
Place const& chat_answer() noexcept {
  return P::answer;
}
Place const& json_answer() noexcept {
  return P::answer_in_json;
}

Place const& child(Place const& of, std::string_view name, bool& known) noexcept {
  auto const found = std::ranges::find(of.members, name, &NamedPlace::name);
  known = found != of.members.end();
  if (known) return *found->place;
  return of.others != nullptr ? *of.others : P::any;
}

}  // namespace tsg::governance
