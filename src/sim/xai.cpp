#include "xai.hpp"

#include "openai_common.hpp"

namespace tsg::sim {

std::string xai_id() {
  return "5e5e5e5e-0000-4000-8000-" + std::string(kIdMark);
}

void add_ticks(Json& usage, Turn const& turn) {
  if (turn.cost_nano_usd) usage["cost_in_usd_ticks"] = *turn.cost_nano_usd * 10;
}

ErrorReply xai_error(Problem const& problem) {
  auto const shared = openai_error(problem);
  auto const words = Json::parse(shared.body)["error"]["message"].get<std::string>();
  auto const reply = [&](int status, char const* code, std::string const& text) {
    return ErrorReply{status, dump(Json{{"code", code}, {"error", text}}), "application/json"};
  };
  std::string const invalid = "Client specified an invalid argument";
  switch (problem.kind) {
    case ErrorKind::bad_key:
      return reply(
          400, invalid.c_str(),
          "Incorrect API key provided: si***ey. You can obtain an API key from https://console.x.ai.");
    case ErrorKind::no_key:
      return reply(401, "Unauthenticated: no valid authentication credentials", "No API key provided.");
    case ErrorKind::no_model:
      return reply(404, "Some requested entity was not found",
                   "The model " + problem.model + " does not exist or your team does not have access to it.");
    case ErrorKind::wrong_type:
    case ErrorKind::missing:
      return reply(422, invalid.c_str(),
                   "Failed to deserialize the JSON body into the target type: " + words);
    case ErrorKind::rate_limit:
      return reply(
          429, "Some resource has been exhausted",
          "Too many requests for team 5e5e5e5e-0000-4000-8000-00000000team and model. Please retry later.");
    case ErrorKind::quota:
      return reply(429, "Some resource has been exhausted",
                   "Your team 5e5e5e5e-0000-4000-8000-00000000team has either used all available credits or "
                   "reached its monthly spending limit.");
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
      return reply(503, "The service is currently unavailable", "Timed out waiting for first token");
    case ErrorKind::server_error:
      return reply(500, "Internal error", "Internal server error");
    case ErrorKind::context_length:
      return reply(400, invalid.c_str(),
                   "This model's maximum prompt length is 131072 but the request contains 3333404 tokens.");
    default:
      if (problem.param == "410") return {410, dump(Json{{"error", problem.message}}), "application/json"};
      return reply(shared.status, invalid.c_str(), words);
  }
}

}  // namespace tsg::sim
