#include "answer.hpp"

#include <algorithm>

#include "directive.hpp"
#include "fields.hpp"
#include "ledger.hpp"
#include "model.hpp"
#include "routes.hpp"

namespace tsg::sim {
namespace {

using Shared = std::shared_ptr<Prepared>;

std::vector<std::size_t> places(std::string_view body, std::string_view mark) {
  std::vector<std::size_t> out;
  for (auto at = body.find(mark); at != std::string_view::npos; at = body.find(mark, at + 1))
    out.push_back(at);
  return out;
}

/// Where marks stand in the body; also in the one a fault has cut through, which the whole text shows.
std::vector<std::size_t> places(std::string_view body, std::string_view whole, std::string_view mark) {
  auto out = places(body, mark);
  for (auto const at : places(whole, mark))
    if (at < body.size() && at + mark.size() > body.size()) out.push_back(at);
  return out;
}

void finish(Prepared& out, std::string_view whole = {}) {
  if (out.declared_length == 0) out.declared_length = out.body.size();
  out.id_at = places(out.body, whole, kIdMark);
  out.time_at = places(out.body, whole, kTimeMarkText);
}

Shared refusal(Api const& api, Problem const& problem) {
  auto out = std::make_shared<Prepared>();
  auto reply = api.error(problem);
  out->api = &api;
  out->status = reply.status;
  out->content_type = reply.content_type;
  out->body = std::move(reply.body);
  if (problem.retry_after >= 0 && api.provider() != Provider::gemini) {
    out->extra_head = "retry-after: " + std::to_string(problem.retry_after) + "\r\n";
    if (api.provider() == Provider::openai)
      out->extra_head += "retry-after-ms: " + std::to_string(problem.retry_after * 1000) + "\r\n";
  }
  finish(*out);
  return out;
}

Problem plain_problem(ErrorKind kind, Ask const& ask) {
  return Problem{kind, {}, {}, ask.model, -1};
}

std::string_view credential_of(Api const& api, Request const& request) {
  switch (api.provider()) {
    case Provider::anthropic:
      return request.x_api_key.empty() ? request.bearer : request.x_api_key;
    case Provider::gemini:
      return request.goog_key;
    default:
      return request.bearer;
  }
}

Shared html_page(Api const& api) {
  auto out = std::make_shared<Prepared>();
  out->api = &api;
  out->status = 502;
  out->content_type = "text/html; charset=UTF-8";
  out->body =
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
      "Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";
  finish(*out);
  return out;
}

/// Faults that answer instead of the model. Nothing of them is billed.
Shared early_fault(Api const& api, Ask const& ask, Fault fault, Request const& request) {
  auto problem = plain_problem(ErrorKind::server_error, ask);
  switch (fault.kind) {
    case FaultKind::rate_limit:
      problem.kind = ErrorKind::rate_limit;
      break;
    case FaultKind::rate_limit_retry_after:
      problem.kind = ErrorKind::rate_limit;
      problem.retry_after = fault.value.value_or(1);
      break;
    case FaultKind::quota:
      problem.kind = ErrorKind::quota;
      break;
    case FaultKind::unauthorized:
      problem.kind = ErrorKind::bad_key;
      break;
    case FaultKind::server_error:
      break;
    case FaultKind::unavailable:
      problem.kind = ErrorKind::unavailable;
      break;
    case FaultKind::overloaded:
      problem.kind = ErrorKind::overloaded;
      break;
    case FaultKind::context_length:
      problem.kind = ErrorKind::context_length;
      break;
    case FaultKind::prefill_refused:
      if (!ask.ends_with_assistant) return nullptr;
      problem.kind = ErrorKind::prefill;
      break;
    case FaultKind::error_event:
      if (ask.stream) return nullptr;
      break;
    case FaultKind::error_event_first: {
      if (!ask.stream || !api.generates()) break;
      problem.kind = ErrorKind::unavailable;
      auto out = refusal(api, problem);
      out->status = 200;
      out->content_type = api.stream_type();
      out->body = api.error_event(problem);
      out->declared_length = 0;
      finish(*out);
      return out;
    }
    case FaultKind::echo_key:
      problem.kind = ErrorKind::invalid;
      problem.message = "Request refused for API key " + std::string(credential_of(api, request)) +
                        " of organization org-simulated0000001 (project proj_simulated01).";
      break;
    case FaultKind::html_502:
      return html_page(api);
    case FaultKind::error_200: {
      problem.kind = ErrorKind::unavailable;
      auto out = refusal(api, problem);
      out->status = 200;
      return out;
    }
    case FaultKind::reset:
    case FaultKind::no_response: {
      auto out = refusal(api, problem);
      out->send_head = false;
      out->ending = fault.kind == FaultKind::reset ? Ending::reset : Ending::hang;
      return out;
    }
    default:
      return nullptr;
  }
  auto out = refusal(api, problem);
  out->cacheable = fault.kind != FaultKind::echo_key;
  return out;
}

/// Keeps the first `bytes` of the body, and the marks that say what had been generated by then.
void keep(Prepared& out, std::size_t bytes) {
  bytes = std::min(bytes, out.body.size());
  out.body.resize(bytes);
  if (!out.stream) return;
  std::int64_t tokens = out.marks.empty() ? 0 : std::min(out.marks.front().tokens, out.usage.reasoning);
  while (!out.marks.empty() && out.marks.back().end > bytes) out.marks.pop_back();
  if (!out.marks.empty()) tokens = out.marks.back().tokens;
  if (out.marks.empty() || out.marks.back().end < bytes) out.marks.push_back({bytes, tokens});
  out.whole = false;
}

std::size_t half_way(Prepared const& out) {
  if (!out.stream || out.marks.size() < 2) return out.body.size() / 2;
  return out.marks[out.marks.size() / 2 - 1].end;
}

void break_event(Prepared& out) {
  if (!out.stream) {
    keep(out, half_way(out));
    out.declared_length = 0;
    out.whole = false;
    return;
  }
  auto const next = std::min(out.marks.size() / 2, out.marks.size() - 1);
  auto const start = next == 0 ? std::size_t{0} : out.marks[next - 1].end;
  auto const tokens = out.marks[next].tokens;
  auto const broken = out.body.substr(start, (out.marks[next].end - start) * 3 / 5) + "\n\n";
  keep(out, start);
  out.body += broken;
  out.marks.push_back({out.body.size(), tokens});
}

/// Faults that spoil an answer the model has given, or is giving.
void spoil(Prepared& out, Fault fault, Ask const& ask) {
  auto const bytes = [&] { return fault.value ? static_cast<std::size_t>(*fault.value) : half_way(out); };
  switch (fault.kind) {
    case FaultKind::reset_after_head:
      keep(out, 0);
      out.ending = Ending::reset;
      out.whole = false;
      break;
    case FaultKind::cut_stream:
    case FaultKind::stall:
      keep(out, bytes());
      out.ending = fault.kind == FaultKind::stall ? Ending::hang : Ending::cut;
      out.whole = false;
      break;
    case FaultKind::malformed:
      break_event(out);
      break;
    case FaultKind::no_terminator:
      if (out.stream) {
        auto drop = static_cast<std::size_t>(fault.value.value_or(1));
        drop = std::min(drop, out.marks.size() - 1);
        keep(out, out.marks[out.marks.size() - 1 - drop].end);
      } else {
        keep(out, out.body.size() - 1);
        out.ending = Ending::cut;
      }
      out.whole = false;
      break;
    case FaultKind::error_event: {
      keep(out, half_way(out));
      auto const tokens = out.marks.empty() ? 0 : out.marks.back().tokens;
      out.body += out.api->error_event(plain_problem(ErrorKind::unavailable, ask));
      out.marks.push_back({out.body.size(), tokens});
      out.whole = false;
      break;
    }
    case FaultKind::slow_first:
      out.pace.first += std::chrono::milliseconds(fault.value.value_or(2000));
      break;
    default:
      break;
  }
}

Price const* price_for(PriceList const& prices, Api const& api, std::string_view model) {
  model = model_without_fault(model);
  if (auto const* price = prices.find(api.provider(), model)) return price;
  auto const slash = model.find('/');
  if (slash == std::string_view::npos) return nullptr;
  // Perplexity sells other houses' models under creator/model, at the creator's price.
  auto const creator = model.substr(0, slash);
  for (auto const provider : {Provider::openai, Provider::anthropic, Provider::gemini, Provider::xai})
    if (creator == provider_name(provider) || (creator == "google" && provider == Provider::gemini))
      return prices.find(provider, model.substr(slash + 1));
  return nullptr;
}

Pace pace_of(Directive const& directive, Settings const& settings) {
  Pace pace = settings.pace;
  if (directive.latency_ms || directive.ttft_ms)
    pace.first = std::chrono::milliseconds(directive.latency_ms.value_or(0) + directive.ttft_ms.value_or(0));
  if (directive.inter_us) pace.per_token = std::chrono::microseconds(*directive.inter_us);
  pace.burst = std::max<std::int64_t>(directive.burst.value_or(pace.burst), 1);
  return pace;
}

std::string_view limit_headers(Provider provider) {
  if (provider == Provider::openai)
    return "openai-organization: org-simulated0000001\r\nopenai-version: "
           "2020-10-01\r\nx-ratelimit-limit-requests: 5000\r\n"
           "x-ratelimit-remaining-requests: 4999\r\nx-ratelimit-reset-requests: 12ms\r\n";
  if (provider == Provider::anthropic)
    return "anthropic-organization-id: "
           "5e5e5e5e-0000-4000-8000-0000000000aa\r\nanthropic-ratelimit-requests-limit: 5000\r\n"
           "anthropic-ratelimit-requests-remaining: 4999\r\n";
  return "";
}

Shared answer(Api const& api, Ask const& ask, Request const& request, Settings const& settings,
              PriceList const& prices) {
  auto const directive = parse_directive(ask.last_user_text);
  if (!directive.unknown.empty())
    return refusal(
        api,
        {ErrorKind::invalid, "tsg-sim: unknown directive '" + directive.unknown + "'", {}, ask.model, -1});
  auto const fault = directive.fault.value_or(fault_of_model(ask.model));
  if (auto early = early_fault(api, ask, fault, request)) {
    early->pace.first = pace_of(directive, settings).first;
    return early;
  }

  auto turn = say(ask, directive, fault, {request.body.size(), settings.seed});
  if (!api.generates()) {
    turn.usage.output = turn.usage.reasoning = 0;
    turn.reported.output = turn.reported.reasoning = 0;
  }
  auto out = std::make_shared<Prepared>();
  out->api = &api;
  out->billed = true;
  out->model = ask.model;
  out->tier = ask.service_tier;
  out->usage = turn.usage;
  out->price = price_for(prices, api, ask.model);
  out->pace = pace_of(directive, settings);
  out->extra_head = limit_headers(api.provider());
  out->stream = ask.stream && api.generates();
  turn.price = out->price;
  turn.cost_nano_usd = out->cost(turn.usage);
  if (out->stream) {
    Script script;
    api.stream(ask, turn, script);
    out->body = std::move(script.wire);
    out->marks = std::move(script.marks);
    out->content_type = api.stream_type();
  } else {
    out->body = api.whole(ask, turn);
  }
  out->declared_length = out->body.size();
  auto const whole = fault.kind == FaultKind::none ? std::string() : out->body;
  spoil(*out, fault, ask);
  finish(*out, whole);
  if (fault.kind == FaultKind::flap || fault.kind == FaultKind::server_error_once) {
    bool const flap = fault.kind == FaultKind::flap;
    out->remembers = fault.kind;
    out->fault_key = std::string(provider_name(api.provider())) + '/' + ask.model +
                     (flap ? "" : '\n' + ask.last_user_text);
    out->failure = refusal(api, plain_problem(flap ? ErrorKind::unavailable : ErrorKind::server_error, ask));
  }
  return out;
}

Shared count_tokens(Route const& route, Request const& request) {
  auto out = std::make_shared<Prepared>();
  out->api = route.api;
  auto const tokens = (request.body.size() + 3) / 4;
  out->body =
      dump(Json{{route.api->provider() == Provider::gemini ? "totalTokens" : "input_tokens", tokens}});
  finish(*out);
  return out;
}

std::optional<Problem> check_access(Api const& api, Request const& request, Settings const& settings) {
  auto const key = credential_of(api, request);
  if (!settings.api_key.empty() && key != settings.api_key)
    return Problem{key.empty() ? ErrorKind::no_key : ErrorKind::bad_key, {}, {}, {}, -1};
  if (api.provider() == Provider::anthropic && request.anthropic_version.empty())
    return Problem{ErrorKind::invalid, "anthropic-version: header is required", {}, {}, -1};
  return std::nullopt;
}

}  // namespace

Usage Prepared::produced(std::int64_t tokens) const {
  Usage out = usage;
  out.output = std::clamp<std::int64_t>(tokens, 0, usage.output);
  out.reasoning = std::min(out.reasoning, out.output);
  return out;
}

std::optional<std::int64_t> Prepared::cost(Usage const& of) const {
  if (price == nullptr) return std::nullopt;
  return cost_nano_usd(*price, of, tier);
}

std::shared_ptr<Prepared const> prepare(Request const& request, Settings const& settings,
                                        PriceList const& prices) {
  auto const route = find_route(request.method, request.target);
  Api const& api = *route.api;
  if (auto const problem = check_access(api, request, settings)) {
    auto out = refusal(api, *problem);
    out->cacheable = false;
    return out;
  }
  if (route.kind == RouteKind::unknown) return refusal(api, {ErrorKind::no_path, {}, {}, {}, -1});
  if (route.kind == RouteKind::count_tokens) return count_tokens(route, request);
  if (route.kind != RouteKind::call) {
    auto out = std::make_shared<Prepared>();
    out->api = &api;
    out->body = models_body(route);
    finish(*out);
    return out;
  }
  auto const body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refusal(api, {ErrorKind::not_json, {}, {}, {}, -1});
  Ask ask;
  ask.model = route.model;
  ask.stream = route.stream;
  if (auto const problem = api.read(body, ask)) return refusal(api, *problem);
  return answer(api, ask, request, settings, prices);
}

std::shared_ptr<Prepared const> AnswerCache::get(Request const& request) {
  if (request.body.size() > kBodyMax) return prepare(request, settings_, prices_);
  // Everything an answer depends on, so that a hit is an equal request.
  key_.clear();
  for (auto const part : {request.method, request.target, request.anthropic_version}) (key_ += part) += '\n';
  if (!settings_.api_key.empty())
    for (auto const part : {request.bearer, request.x_api_key, request.goog_key}) (key_ += part) += '\n';
  key_ += request.body;
  if (auto const at = entries_.find(key_); at != entries_.end()) return at->second;
  auto made = prepare(request, settings_, prices_);
  if (!made->cacheable || made->body.size() > kBodyMax * 4) return made;
  if (entries_.size() >= kEntriesMax) entries_.clear();
  entries_.emplace(key_, made);
  return made;
}

void fill_marks(std::string& body, Prepared const& prepared, std::uint64_t call, std::int64_t now_seconds) {
  auto const fill = [&](std::vector<std::size_t> const& places, std::string const& text) {
    for (auto const at : places) text.copy(body.data() + at, std::min(text.size(), body.size() - at));
  };
  if (!prepared.id_at.empty()) fill(prepared.id_at, hex12(call));
  auto const now = std::to_string(now_seconds);
  if (now.size() == kTimeMarkText.size()) fill(prepared.time_at, now);
}

}  // namespace tsg::sim
