#include <cstdint>

#include "providers/gemini/encode.hpp"
#include "providers/gemini/schema.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "providers/sampling.hpp"
#include "providers/stop_window.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::size_t kStopsMax = 5;
constexpr std::int64_t kTopLogprobsMax = 20;

// The lower of what the client asks and what the hold was made for (BUD-3).
std::optional<std::int64_t> output_limit(Encoding const& e) {
  auto const asked = e.request.max_tokens, held = e.context.output_limit;
  return asked && held ? std::min(*asked, *held) : asked ? asked : held;
}

class Config {
 public:
  explicit Config(Encoding& e) : e_{e}, writer_{out_} { writer_.begin_object(); }

  // As the client wrote them, where the model takes them.
  Result<> sampling() {
    auto const sampling = sampling_of(e_.request, e_.rules, "ignored", e_.dropped);
    if (!sampling) return sampling.error();
    number("temperature", sampling->temperature);
    number("topP", sampling->top_p);
    number("topK", sampling->top_k);
    return boost::system::in_place_value;
  }
  Result<> penalties() {
    for (auto const& [name, field] :
         {std::pair{"presence_penalty", "presencePenalty"}, {"frequency_penalty", "frequencyPenalty"}}) {
      auto const raw = given(e_.request, name);
      if (e_.rules.flag("penalties", false))
        number(field, raw);
      else if (number_of(raw) != 0)
        if (auto waived = waive(e_.request, name, e_.dropped); !waived) return waived;
    }
    return boost::system::in_place_value;
  }

  Result<> seed() {
    auto const raw = given(e_.request, "seed");
    if (raw.empty()) return boost::system::in_place_value;
    auto const value = number_of(raw);  // a whole one, however it is spelt
    if (value < INT32_MIN || value > INT32_MAX)
      return unsupported("seed", "must be an integer of 32 bits for this provider");
    writer_.key("seed").integer(static_cast<std::int64_t>(value));
    return boost::system::in_place_value;
  }

  Result<> stops() {
    auto stops = stops_of(e_.request);
    if (stops.empty()) return boost::system::in_place_value;
    if (stops.size() > kStopsMax) {  // the others are watched for here
      e_.stops.assign(stops.begin() + kStopsMax, stops.end());
      stops.resize(kStopsMax);
      if (e_.request.logprobs)
        return unsupported("stop", "may have at most 5 entries beside 'logprobs' for this provider");
      if (auto fits = stops_bearable(e_.stops); !fits) return fits;
      e_.adapted.push_back(kWatchedStops);
    }
    writer_.key("stopSequences").begin_array();
    for (auto const& stop : stops) writer_.string(stop);
    writer_.end_array();
    return boost::system::in_place_value;
  }

  Result<> candidates() {
    if (e_.request.n == 1) return boost::system::in_place_value;
    auto const most = e_.rules.number("candidates", 1);
    if (e_.request.n > most)
      return unsupported("n",
                         "may be at most " + std::to_string(most) + " for this model: send several requests");
    writer_.key("candidateCount").integer(e_.request.n);
    return boost::system::in_place_value;
  }

  Result<> logprobs() {
    if (!e_.request.logprobs) return boost::system::in_place_value;
    if (!e_.rules.flag("logprobs", false))
      return unsupported("logprobs", "is not offered by this model: leave it out");
    writer_.key("responseLogprobs").boolean(true);
    auto const top = given(e_.request, "top_logprobs");
    if (top.empty()) return boost::system::in_place_value;
    auto const count = count_of(top);
    if (!count || *count > kTopLogprobsMax) return wrong("top_logprobs", "must be from 0 to 20");
    writer_.key("logprobs").integer(*count);
    return boost::system::in_place_value;
  }

  Result<> format() {
    auto const format = answer_format_of(e_.request);
    if (format.kind == AnswerFormat::Kind::text) return boost::system::in_place_value;
    bool const tools = e_.request.tools || !given(e_.request, "web_search_options").empty();
    if (tools && !e_.rules.flag("json_with_tools", true))
      return unsupported("response_format",
                         "cannot be combined with tools on this model: leave one of them out");
    writer_.key("responseMimeType").string("application/json");
    if (format.kind == AnswerFormat::Kind::json_object || format.schema.empty())
      return boost::system::in_place_value;
    if (e_.rules.text("schema", "json") == "json") {
      writer_.key("responseJsonSchema").raw(format.schema);
      return boost::system::in_place_value;
    }
    auto const schema = openapi_schema(format.schema, "response_format.json_schema.schema");
    if (!schema) return schema.error();
    writer_.key("responseSchema").raw(*schema);
    return boost::system::in_place_value;
  }

  Result<> thinking() {
    auto const config = thinking_config(e_);
    if (!config) return config.error();
    if (!config->empty()) writer_.key("thinkingConfig").raw(*config);
    return boost::system::in_place_value;
  }

  void limit() {
    if (auto const limit = output_limit(e_)) writer_.key("maxOutputTokens").integer(*limit);
  }

  std::string take() {
    writer_.end_object();
    return out_ == "{}" ? std::string{} : std::move(out_);
  }

 private:
  void number(std::string_view field, std::string_view raw) {
    if (!raw.empty()) writer_.key(field).raw(raw);
  }

  Encoding& e_;
  std::string out_;
  json::Writer writer_;
};

}  // namespace

Result<std::string> generation_config(Encoding& e) {
  Config config{e};
  config.limit();
  for (auto const step : {&Config::sampling, &Config::penalties, &Config::seed, &Config::stops,
                          &Config::candidates, &Config::logprobs, &Config::format, &Config::thinking})
    if (auto done = (config.*step)(); !done) return done.error();
  return config.take();
}

}  // namespace tsg::providers::gemini
