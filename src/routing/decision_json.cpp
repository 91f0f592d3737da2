#include <charconv>
#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/routing/decision.hpp"

namespace tsg::routing {
namespace {

// 64 bits do not fit a JSON number that others can read.
std::string hex(std::uint64_t value) {
  char digits[16];
  auto const [end, error] = std::to_chars(digits, digits + 16, value, 16);
  (void)error;
  return std::string(static_cast<std::size_t>(16 - (end - digits)), '0').append(digits, end);
}

std::uint64_t from_hex(std::string const& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

struct Flag {
  char const* name;
  bool Facts::*member;
};
constexpr Flag flags[]{
    {"embeddings", &Facts::embeddings},     {"stream", &Facts::stream}, {"tools", &Facts::tools},
    {"server_tools", &Facts::server_tools}, {"images", &Facts::images}, {"audio", &Facts::audio},
    {"audio_out", &Facts::audio_out},       {"files", &Facts::files},   {"json_schema", &Facts::json_schema}};

struct Count {
  char const* name;
  std::int64_t Facts::*member;
};
constexpr Count counts[]{{"input_tokens", &Facts::input_tokens},
                         {"output_tokens", &Facts::output_tokens},
                         {"choices", &Facts::choices},
                         {"image_count", &Facts::image_count}};

struct Text {
  char const* name;
  std::string Facts::*member;
};
constexpr Text texts[]{{"service_tier", &Facts::service_tier},
                       {"environment", &Facts::environment},
                       {"org", &Facts::org},
                       {"team", &Facts::team}};

void write_facts(json::Writer& w, Facts const& f) {
  w.begin_object();
  for (auto const& flag : flags)
    if (f.*flag.member) w.key(flag.name).boolean(true);
  for (auto const& count : counts) w.key(count.name).integer(f.*count.member);
  if (f.max_tokens) w.key("max_tokens").integer(*f.max_tokens);
  for (auto const& text : texts)
    if (!(f.*text.member).empty()) w.key(text.name).string(f.*text.member);
  if (f.sticky != 0) w.key("sticky").string(hex(f.sticky));
  w.end_object();
}

Facts read_facts(json::Value const& json) {
  Facts f;
  for (auto const& flag : flags) f.*flag.member = json.value(flag.name, false);
  for (auto const& count : counts) f.*count.member = json.value(count.name, std::int64_t{0});
  if (json.contains("max_tokens")) f.max_tokens = json["max_tokens"].get<std::int64_t>();
  for (auto const& text : texts) f.*text.member = json.value(text.name, std::string{});
  f.sticky = from_hex(json.value("sticky", std::string{}));
  return f;
}

void write_option(json::Writer& w, Decision const& d, std::size_t i) {
  auto const& o = d.options[i];
  w.begin_object().key("target").string(d.targets[i]);
  if (o.weight != 1) w.key("weight").integer(o.weight);
  if (o.cost) w.key("cost_nanousd").integer(o.cost->v);
  w.key("standing").string(to_string(o.view.standing));
  if (o.view.until_ms != 0) w.key("until_ms").integer(o.view.until_ms);
  if (o.view.ttfb_us != 0) w.key("first_byte_us").integer(o.view.ttfb_us);
  if (o.view.in_flight != 0) w.key("in_flight").integer(o.view.in_flight);
  if (o.view.remaining != 1000) w.key("remaining_permille").integer(o.view.remaining);
  w.end_object();
}

Standing standing_of(std::string const& text) {
  for (auto const s : {Standing::usable, Standing::probe, Standing::cooling, Standing::open})
    if (text == to_string(s)) return s;
  return Standing::usable;
}

Option read_option(json::Value const& json) {
  Option o;
  o.weight = json.value("weight", 1);
  if (json.contains("cost_nanousd")) o.cost = Nano{json["cost_nanousd"].get<std::int64_t>()};
  o.view.standing = standing_of(json.value("standing", std::string{}));
  o.view.until_ms = json.value("until_ms", std::int64_t{0});
  o.view.ttfb_us = json.value("first_byte_us", std::int64_t{0});
  o.view.in_flight = json.value("in_flight", std::int64_t{0});
  o.view.remaining = json.value("remaining_permille", std::int64_t{1000});
  return o;
}

}  // namespace

std::string to_json(Decision const& d) {
  std::string out;
  out.reserve(512);
  json::Writer w{out};
  w.begin_object().key("route").string(d.route).key("route_version").string(d.route_version);
  w.key("strategy").string(to_string(d.strategy)).key("seed").string(hex(d.seed));
  w.key("at").integer(d.at.ns).key("facts");
  write_facts(w, d.facts);
  w.key("targets").begin_array();
  for (std::size_t i = 0; i < d.options.size(); ++i) write_option(w, d, i);
  w.end_array().key("order").begin_array();
  for (auto const& place : d.order) {
    w.begin_object().key("target").string(d.targets[place.option]).key("score").integer(place.score);
    if (place.last_resort) w.key("last_resort").boolean(true);
    if (!place.why.empty()) w.key("why").string(place.why);
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

std::optional<Decision> decision_from_json(std::string_view text) {
  auto const json = json::parse_value(text);
  if (json.is_discarded() || !json.is_object()) return {};
  try {  // the record is ours; what does not fit is another version's
    Decision d;
    d.route = json.at("route").get<std::string>();
    d.route_version = json.at("route_version").get<std::string>();
    auto const strategy = json.at("strategy").get<std::string>();
    using enum Strategy;
    for (auto const s : {priority, weighted, lowest_cost, lowest_latency, most_remaining})
      if (strategy == to_string(s)) d.strategy = s;
    d.seed = from_hex(json.at("seed").get<std::string>());
    d.at = WallTime{json.at("at").get<std::int64_t>()};
    d.facts = read_facts(json.at("facts"));
    for (auto const& option : json.at("targets")) {
      d.targets.push_back(option.at("target").get<std::string>());
      d.options.push_back(read_option(option));
    }
    for (auto const& place : json.at("order")) {
      auto const name = place.at("target").get<std::string>();
      Place p;
      while (p.option < d.targets.size() && d.targets[p.option] != name) ++p.option;
      p.score = place.at("score").get<std::int64_t>();
      p.last_resort = place.value("last_resort", false);
      d.order.push_back(p);
    }
    return d;
  } catch (json::Value::exception const&) {
    return {};
  }
}

}  // namespace tsg::routing
