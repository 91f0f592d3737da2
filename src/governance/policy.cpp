#include "tsg/governance/policy.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "governance/fields.hpp"
#include "tsg/core/ids.hpp"

namespace tsg::governance {
namespace {

constexpr std::size_t kPatternsMax = 1000, kPatternBytes = 200, kContentMax = 50;
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

Names read_names(Fields& in, char const* field) {
  Names out;
  auto const* object = in.object(field);
  if (!object) return out;
  Fields names{*object, in.name(field) + "."};
  out.allow = names.texts("allow", kPatternsMax, kPatternBytes);
  out.deny = names.texts("deny", kPatternsMax, kPatternBytes).value_or(std::vector<std::string>{});
  auto done = names.finish();
  if (!done) in.fail(done.error());
  return out;
}

// "08:30" in minutes; "24:00" is the day's end.
std::optional<int> minute_of(std::string const& text) {
  auto const digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  int const hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  if (minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 60 + minute;
}

Schedule::Window read_window(Fields& in) {
  Schedule::Window out;
  if (auto const days = in.texts("days", 7, 3)) {
    out.days = 0;
    for (auto const& day : *days) {
      auto const at = std::find(kDays.begin(), kDays.end(), day);
      if (at == kDays.end()) {
        in.fail("days", "must name mon, tue, wed, thu, fri, sat or sun");
        break;
      }
      out.days |= static_cast<std::uint8_t>(1U << (at - kDays.begin()));
    }
  }
  for (auto const& [field, minute] : {std::pair{"from", &out.from_minute}, {"to", &out.to_minute}})
    if (auto const text = in.text(field, 5)) {
      if (auto const m = minute_of(*text))
        *minute = *m;
      else
        in.fail(field, "must be a time such as \"08:30\"");
    }
  // 24:00 is 00:00 of the next day: only the whole day begins and ends at the same time.
  constexpr int day = 24 * 60;
  bool const whole_day = out.from_minute == 0 && out.to_minute == day;
  if (!whole_day && out.from_minute % day == out.to_minute % day)
    in.fail("to", "must not be the time of 'from': the window would be empty. A whole day is 00:00 to 24:00");
  return out;
}

std::optional<Schedule> read_time(Fields& in) {
  auto const* object = in.object("time");
  if (!object) return std::nullopt;
  Schedule out;
  Fields time{*object, "time."};
  if (auto const offset = time.text("utc_offset", 6)) {
    auto const minutes = offset->size() == 6 ? minute_of(offset->substr(1)) : std::nullopt;
    if (!minutes || *minutes > 14 * 60 || ((*offset)[0] != '+' && (*offset)[0] != '-'))
      time.fail("utc_offset", "must look like \"+01:00\"");
    else
      out.offset_minutes = (*offset)[0] == '-' ? -*minutes : *minutes;
    if (object->contains("zone")) time.fail("utc_offset", "and 'time.zone' exclude each other: keep one");
  }
  if (auto const name = time.text("zone", 63)) {
    auto zone = TimeZone::load(*name);
    if (zone)
      out.zone = std::make_shared<TimeZone const>(std::move(*zone));
    else
      time.fail("zone",
                "must be an IANA name such as \"Europe/Berlin\": " + std::string{zone.error().message()});
  }
  auto const* windows = time.array("windows", 50);
  if (!windows || windows->empty()) time.fail("windows", "is required: at least one window");
  for (std::size_t i = 0; windows && i < windows->size(); ++i) {
    Fields window{(*windows)[i], "time.windows[" + std::to_string(i) + "]."};
    out.windows.push_back(read_window(window));
    auto done = window.finish();
    if (!done) time.fail(done.error());
  }
  auto done = time.finish();
  if (!done) in.fail(done.error());
  return out;
}

// One that no key can have is a slip of the pen, and would refuse everybody.
std::optional<std::vector<std::string>> read_environments(Fields& in) {
  auto out = in.texts("environments", 100, 63);
  for (auto const& name : out.value_or(std::vector<std::string>{}))
    if (!valid_id(name))
      in.fail("environments", "has '" + name + "', which no environment can be called: [a-z0-9-]{1,63}");
  return out;
}

std::optional<std::vector<Network>> read_networks(Fields& in) {
  auto const texts = in.texts("networks", kPatternsMax, 64);
  if (!texts) return std::nullopt;
  std::vector<Network> out;
  for (auto const& text : *texts) {
    auto const network = parse_network(text);
    if (!network) {
      in.fail("networks",
              "has '" + text + "', which is not a CIDR block such as 10.0.0.0/8 (host bits must be zero)");
      break;
    }
    out.push_back(*network);
  }
  return out;
}

void read_max_tokens(Fields& in, Policy& out) {
  auto const* object = in.object("max_tokens");
  if (!object) return;
  Fields max{*object, "max_tokens."};
  out.max_tokens = max.integer("limit", 1, 1'000'000'000);
  if (!out.max_tokens) max.fail("limit", "is required");
  if (auto const action = max.text("action", 16)) {
    if (*action != "refuse" && *action != "clamp") max.fail("action", "must be refuse or clamp");
    out.clamp_max_tokens = *action == "clamp";
  }
  auto done = max.finish();
  if (!done) in.fail(done.error());
}

void read_over_budget(Fields& in, Policy& out) {
  auto const action = in.text("over_budget", 32);
  if (!action) return;
  if (*action != "refuse" && *action != "lower_max_tokens")
    in.fail("over_budget", "must be refuse or lower_max_tokens");
  out.lower_over_budget = *action == "lower_max_tokens";
}

void read_parameters(Fields& in, Policy& out) {
  auto const word = in.text("parameters", 32);
  if (!word) return;
  if (*word != "lenient" && *word != "strict") in.fail("parameters", "must be lenient or strict");
  out.strict_parameters = *word == "strict";
}

ContentRule read_rule(Fields& in) {
  ContentRule out;
  auto const regex = in.text("pattern", 1000);
  auto const builtin = in.text("detector", 32);
  auto const longest = in.integer("longest", 1, 4096);
  if (in.ok() && regex.has_value() == builtin.has_value())
    in.fail("pattern", "or 'detector' is required, and only one of them");
  if (builtin) {
    out.matcher = detector(*builtin);
    if (!out.matcher) in.fail("detector", "must be email, card, iban, phone or api_key");
    if (longest) in.fail("longest", "belongs to 'pattern': detectors know their own");
  } else if (regex) {
    auto made = pattern(*regex, static_cast<std::size_t>(longest.value_or(128)));
    if (made)
      out.matcher = std::move(*made);
    else
      in.fail("pattern", "is not a usable RE2 pattern: " + std::string{made.error().message()});
  }
  out.name = in.text("name", 64).value_or(builtin.value_or("pattern"));
  if (auto const action = in.text("action", 16)) {
    if (*action == "redact")
      out.action = Action::redact;
    else if (*action == "flag")
      out.action = Action::flag;
    else if (*action != "deny")
      in.fail("action", "must be deny, redact or flag");
  }
  if (auto const on = in.texts("on", 2, 16)) {
    out.prompt = std::find(on->begin(), on->end(), "prompt") != on->end();
    out.answer = std::find(on->begin(), on->end(), "answer") != on->end();
    if (on->size() != std::size_t{out.prompt} + std::size_t{out.answer} || on->empty())
      in.fail("on", "must name prompt, answer or both");
  }
  out.replacement = in.text("replacement", 64).value_or(std::string{});
  if (out.replacement.empty()) {
    out.replacement = "[" + out.name + "]";
    for (char& c : out.replacement)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

void read_content(Fields& in, Policy& out) {
  auto const* rules = in.array("content", kContentMax);
  for (std::size_t i = 0; rules && i < rules->size(); ++i) {
    Fields rule{(*rules)[i], "content[" + std::to_string(i) + "]."};
    auto made = read_rule(rule);
    for (auto const& other : out.content)
      if (other.name == made.name) rule.fail("name", "is used twice: '" + made.name + "'");
    auto done = rule.finish();
    if (!done) return in.fail(done.error());
    out.content.push_back(std::move(made));
  }
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Fields in{*document};
  Policy out;
  out.models = read_names(in, "models");
  out.providers = read_names(in, "providers");
  out.environments = read_environments(in);
  out.time = read_time(in);
  out.networks = read_networks(in);
  read_max_tokens(in, out);
  read_over_budget(in, out);
  read_parameters(in, out);
  out.max_input_bytes = in.integer("max_input_bytes", 1, 1'000'000'000);
  for (auto const& [field, flag] : {std::pair{"tools", &out.tools},
                                    {"server_tools", &out.server_tools},
                                    {"images", &out.images},
                                    {"audio", &out.audio},
                                    {"files", &out.files},
                                    {"require_user", &out.require_user}})
    if (auto const value = in.flag(field)) *flag = *value;
  out.provider_tags = in.texts("provider_tags", 50, 64).value_or(std::vector<std::string>{});
  read_content(in, out);
  auto done = in.finish();
  if (!done) return done.error();
  return out;
}

}  // namespace tsg::governance
