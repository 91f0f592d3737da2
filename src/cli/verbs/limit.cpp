// tsg limit …
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

struct Numbers {  // as given: what is out of range the gateway refuses by name
  std::optional<std::int64_t> requests, input, output, concurrency;
};

int set(Options const& o, Numbers const& n) {
  Json body = Json::object();
  if (n.requests) body["requests_per_minute"] = *n.requests;
  if (n.input) body["input_tokens_per_minute"] = *n.input;
  if (n.output) body["output_tokens_per_minute"] = *n.output;
  if (n.concurrency) body["concurrency"] = *n.concurrency;
  return call(o, "PUT", document_path("limits", o), body,
              {"scope", "scope_id", "environment", "version", "document"});
}

}  // namespace

void add_limit(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* limit = app.add_subcommand("limit", "Rate limits")->require_subcommand(1);
  add_document_verbs(*limit, "limits", o, code);
  auto numbers = std::make_shared<Numbers>();
  auto* c = with_output(limit->add_subcommand("set", "Attach limits; acts on the next request"), o);
  add_scope(c, o);
  c->add_option("--requests-per-minute", numbers->requests, "Requests");
  c->add_option("--input-tokens-per-minute", numbers->input, "Input tokens");
  c->add_option("--output-tokens-per-minute", numbers->output, "Output tokens");
  c->add_option("--concurrency", numbers->concurrency, "Requests at one time");
  c->callback([o, numbers, &code] { code = set(*o, *numbers); });
}

}  // namespace tsg::cli
