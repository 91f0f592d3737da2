// tsg limit …
#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

struct Numbers {
  std::int64_t requests = -1, input = -1, output = -1, concurrency = -1;  // below zero: not given
};

int set(Options const& o, Numbers const& n) {
  Json body = Json::object();
  if (n.requests >= 0) body["requests_per_minute"] = n.requests;
  if (n.input >= 0) body["input_tokens_per_minute"] = n.input;
  if (n.output >= 0) body["output_tokens_per_minute"] = n.output;
  if (n.concurrency >= 0) body["concurrency"] = n.concurrency;
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
