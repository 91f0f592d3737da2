// tsg policy …
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"
#include "cli/yaml_json.hpp"

namespace tsg::cli {
namespace {

// 0 = would be allowed, 1 = would be refused, so that a pipeline can ask.
int test(Options const& o) {
  Json request = {{"model", o.model},
                  {"messages", Json::array({{{"role", "user"}, {"content", o.message}}})}};
  if (!o.file.empty()) {
    auto file = read_yaml(o.file);
    if (!file) return fail(file.error());
    request = std::move(*file);
  } else if (o.model.empty()) {
    return fail(Error{Errc::bad_request, "policy test needs --model, or a request with --file"});
  }
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json("POST", "/admin/v1/policies/test", {{"key", o.key}, {"request", request}});
  if (!answer) return fail(answer.error());
  show(o, *answer, {"verdict", "status", "code", "rule", "policy_version", "max_tokens"});
  if (o.output == "table") {
    if (!(*answer)["matched"].empty()) show(o, (*answer)["matched"], {"source", "rule", "effect"});
    show(o, (*answer)["candidates"], {"target", "reason"});
    if (!(*answer)["standing"].empty())
      show(o, (*answer)["standing"], {"source", "limit", "remaining", "full_again_in"});
  }
  return (*answer)["verdict"] == "allow" ? 0 : 1;
}

}  // namespace

void add_policy(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* policy = app.add_subcommand("policy", "Policies: who may call what")->require_subcommand(1);
  add_document_verbs(*policy, "policies", o, code);
  auto* c = with_output(policy->add_subcommand("test", "The decision on a request that is not sent"), o);
  c->add_option("--key", o->key, "key_…")->required();
  c->add_option("--model", o->model, "Model to ask for");
  c->add_option("--message", o->message, "Text of the one message");
  c->add_option("-f,--file", o->file, "The whole request instead, YAML or JSON");
  c->callback([o, &code] { code = test(*o); });
}

}  // namespace tsg::cli
