"""tsg from a shell: declarative state, documents, the hypothetical request."""
import json
import os
import subprocess

import pytest
from harness import TSG

STATE = """
organisations:
- id: gitops
  name: GitOps
  policy: {models: {allow: ["gpt-4o*"]}, max_tokens: {limit: 100, action: clamp}}
  environments:
    prod: {limit: {requests_per_minute: 60}}
  teams:
  - id: core
    budget: {monthly_usd: "100.00", alerts_percent: [50, 80]}
    keys:
    - name: web
      environment: prod
      allowed_models: ["gpt-4o*", "anthropic/*"]
      monthly_budget_usd: "25.00"
      tags: {cost-centre: "17"}
      limit: {concurrency: 4}
"""


@pytest.fixture
def tsg(gateway):
    def run(*args, stdin="", code=0):
        done = subprocess.run([TSG, *args], input=stdin, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}",
                                   "TSG_ADMIN_TOKEN": gateway.admin_token})
        assert done.returncode == code, (args, done.stdout, done.stderr)
        return done.stdout + done.stderr
    return run


def test_apply_export_apply_changes_nothing(tsg, gateway):
    dry = tsg("apply", "--dry-run", "-f", "-", stdin=STATE)
    assert "+ org gitops" in dry and "+ limit key/gitops.core/web" in dry and "8 changes planned" in dry
    assert gateway.admin.get("/admin/v1/orgs/gitops").status_code == 404
    assert "shown this once: tsg-" in tsg("apply", "-f", "-", stdin=STATE)
    assert tsg("apply", "-f", "-", stdin=STATE) == "0 changes\n"
    exported = tsg("export")
    assert tsg("apply", "--prune", "-f", "-", stdin=exported) == "0 changes\n"
    assert "tsg-" not in exported and exported.count("25.00") == 1, "a key's budget is exported once"
    changed = STATE.replace('"25.00"', '"30.00"').replace("    prod: {limit: {requests_per_minute: 60}}", "    dev: {policy: {}}")
    plan = tsg("apply", "-f", "-", stdin=changed)
    assert "~ budget key/gitops.core/web: monthly_usd" in plan and "+ policy org/gitops/dev" in plan and "- " not in plan


def test_a_mistake_in_the_file_changes_nothing(tsg, gateway):
    error = tsg("apply", "-f", "-", stdin=STATE.replace("teams:", "taems:").replace("gitops", "broken"), code=1)
    assert "taems" in error and "teams" in error
    assert gateway.admin.get("/admin/v1/orgs/broken").status_code == 404


def test_documents_and_tests_from_a_shell(tsg, gateway):
    tsg("org", "create", "shell")
    tsg("team", "create", "core", "--org", "shell")
    key = json.loads(tsg("key", "create", "--org", "shell", "--team", "core", "--env", "prod", "--models", "gpt-4o*",
                         "--budget", "25.00", "--output", "json"))
    tsg("limit", "set", "team", "shell.core", "--env", "prod", "--requests-per-minute", "60")
    assert "requests_per_minute" in tsg("limit", "get", "team", "shell.core", "--env", "prod")
    tsg("policy", "put", "org", "shell", "-f", "-", stdin="models: {deny: [gpt-4o-mini]}")
    denied = tsg("policy", "test", "--key", key["id"], "--model", "gpt-4o-mini", code=1)
    assert "policy org/shell v1 models.deny" in denied
    assert "allow" in tsg("policy", "test", "--key", key["id"], "--model", "gpt-4o")
    rotated = json.loads(tsg("key", "rotate", key["id"], "--output", "json"))
    assert rotated["id"] == key["id"] and rotated["key"] != key["key"]
    token = json.loads(tsg("token", "create", "--name", "ci", "--role", "viewer", "--output", "json"))
    assert token["token"] not in tsg("token", "list")
    tsg("token", "revoke", token["id"])
    assert "openai" in tsg("provider", "list")
