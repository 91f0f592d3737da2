// What stands at `/`: the address that people open first, and that monitors and link checkers ask for.
#include "pipeline/endpoints.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kHtml = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ThreadSync LLM Gateway</title></head><body>
<h1>ThreadSync LLM Gateway</h1>
<p>This address serves programs: OpenAI's API for every model provider, behind one key. The base URL of an SDK is
this address with <code>/v1</code> at its end; the key begins with <code>tsg-</code> and comes from whoever runs
this gateway.</p>
<ul>
<li><code>POST /v1/chat/completions</code>, <code>POST /v1/embeddings</code></li>
<li><code>GET /v1/models</code>: what your key may use; <code>GET /v1/usage</code>: what it has used</li>
<li><code>GET /healthz</code>, <code>GET /readyz</code></li>
</ul>
<p>Documentation: README.md of the gateway; the admin API describes itself at <code>/admin/v1/openapi.json</code>.
Administration and dashboard are on the admin port (<code>admin_listen</code> of the configuration), not here.</p>
</body></html>
)";
constexpr std::string_view kJson =
    R"({"name":"ThreadSync LLM Gateway","about":"OpenAI's API for every model provider, behind one key.",)"
    R"("base_path":"/v1","routes":["POST /v1/chat/completions","POST /v1/embeddings","GET /v1/models",)"
    R"("GET /v1/models/{id}","GET /v1/usage","GET /healthz","GET /readyz"],)"
    R"("documentation":"README.md of the gateway; the admin API at /admin/v1/openapi.json of the admin port",)"
    R"~("dashboard":"on the admin port (admin_listen of the configuration)"})~";

}  // namespace

FrontPage front_page(http::RequestHead const& head) {
  bool const person = head.field("accept").value_or("").find("text/html") != std::string_view::npos;
  if (person) return {"text/html; charset=utf-8", kHtml};
  return {"application/json", kJson};
}

}  // namespace tsg::pipeline
