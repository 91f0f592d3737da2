"""tsg from a shell: declarative state, documents, the hypothetical request."""
import json
import os
import re
import subprocess

import httpx
import pytest
import yaml
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


def test_keys_without_a_name_and_of_one_name_survive_export_and_apply(tsg, gateway):
    gateway.create("/admin/v1/orgs", id="names", name="names")
    gateway.create("/admin/v1/orgs/names/teams", id="core", name="core")
    make = ["key", "create", "--org", "names", "--team", "core", "--env", "prod", "--models", "gpt-4o", "--output", "json"]
    nameless = json.loads(tsg(*make))
    assert nameless["name"] == nameless["id"], "a generated name is better than none"
    twins = [json.loads(tsg(*make, "--name", "web")) for _ in range(2)]
    exported = tsg("export")
    org = next(o for o in yaml.safe_load(exported)["organisations"] if o["id"] == "names")
    keys = {(k.get("id"), k["name"]) for k in org["teams"][0]["keys"]}
    assert keys == {(None, nameless["id"]), *((k["id"], "web") for k in twins)}
    assert tsg("apply", "--prune", "-f", "-", stdin=exported) == "0 changes\n"
    by_name = """organisations: [{id: names, teams: [{id: core, keys: [
        {name: web, environment: prod, allowed_models: [gpt-4o]}]}]}]"""
    refused = tsg("apply", "-f", "-", stdin=by_name, code=1)
    assert "several keys are named 'names.core/web'" in refused and "id: key_" in refused
    tsg("key", "update", twins[1]["id"], "--name", "worker")
    assert tsg("apply", "-f", "-", stdin=by_name) == "0 changes\n"


def test_what_is_given_is_sent_and_what_is_wrong_is_named(tsg, gateway):
    assert "'bogus' is not a command of 'tsg'" in tsg("bogus", code=2)
    assert "'lst' is not a command of 'tsg key'; did you mean 'list'?" in tsg("key", "lst", code=2)
    assert "--models is required" in tsg("key", "create", "--org", "acme", "--team", "web", "--env", "prod", code=2)
    error = tsg("limit", "set", "team", "acme.web", "--requests-per-minute", "-1", code=1)
    assert "'requests_per_minute' must be an integer from 0 to" in error
    key = gateway.new_key(monthly_budget_usd="5.00", expires_at="2099-01-01T00:00:00Z")
    tsg("key", "update", key["id"], "--budget", "", "--expires-at", "")
    shown = gateway.admin.get(f"/admin/v1/keys/{key['id']}").json()
    assert shown["monthly_budget_usd"] is None and shown["expires_at"] is None
    assert "nothing to change" in tsg("key", "update", key["id"], code=1)
    assert "'name' must not be empty" in tsg("key", "update", key["id"], "--name", "", code=1)


def test_a_token_read_from_a_file_may_end_in_a_newline(gateway):
    def org_list(token):
        return subprocess.run([TSG, "org", "list"], capture_output=True, text=True, timeout=60, env={
            **os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}", "TSG_ADMIN_TOKEN": token})
    assert org_list(gateway.admin_token + "\r\n").returncode == 0
    split = org_list(gateway.admin_token + "\nx: y")
    assert split.returncode == 1 and "TSG_ADMIN_TOKEN" in split.stderr and gateway.admin_token not in split.stderr


def test_a_mistake_in_the_file_changes_nothing(tsg, gateway):
    error = tsg("apply", "-f", "-", stdin=STATE.replace("teams:", "taems:").replace("gitops", "broken"), code=1)
    assert "taems" in error and "teams" in error
    assert gateway.admin.get("/admin/v1/orgs/broken").status_code == 404


@pytest.mark.parametrize("right, wrong, said", [
    ('monthly_usd: "100.00"', "monthly_usd: 5", ["budget team/broken.core", "'monthly_usd'", "in quotes"]),
    ('monthly_budget_usd: "25.00"', "monthly_budget_usd: 25.00", ["keys[0].monthly_budget_usd", "in quotes"]),
    ("max_tokens: {limit: 100,", "max_tokens: {limit: many,", ["policy org/broken", "'max_tokens.limit'"]),
    ("concurrency: 4", "concurrenzy: 4", ["limit key/broken.core/web", "concurrenzy"]),
    ("    prod: {", "    PROD: {", ["limit org/broken/PROD", "[a-z0-9-]"]),
    ("environment: prod", "environment: Prod", ["key broken.core/web", "'environment'"]),
    ('["gpt-4o*", "anthropic/*"]', "gpt-4o", ["keys[0].allowed_models", "list"])])
def test_a_mistake_in_a_document_stops_before_the_first_call(tsg, gateway, right, wrong, said):
    state = STATE.replace("gitops", "broken")
    assert right in state
    before = gateway.record_count()
    error = tsg("apply", "-f", "-", stdin=state.replace(right, wrong), code=1)
    assert all(word in error for word in said) and "+ org" not in error, error
    assert gateway.record_count() == before and gateway.admin.get("/admin/v1/orgs/broken").status_code == 404


@pytest.mark.parametrize("member", ["name: 2024", "name:", "name: [x]", 'disabled: "yes"', "disabled:", "disabled: 1"])
def test_a_member_of_the_wrong_type_is_one_line_and_not_a_crash(tsg, member):
    error = tsg("apply", "--dry-run", "-f", "-", stdin=f"organisations:\n - {{id: y1, {member}}}\n", code=1)
    assert f"organisations[0].{member.split(':')[0]} must be" in error and len(error.splitlines()) == 1


def test_prune_removes_what_a_file_does_not_name_only_if_it_says_so(tsg):
    for file in ("organisations:\n", "{}\n"):
        error = tsg("apply", "--dry-run", "--prune", "-f", "-", stdin=file, code=1)
        assert "organisations" in error and "[]" in error
    assert "- org acme" in tsg("apply", "--dry-run", "--prune", "-f", "-", stdin="organisations: []\n")


def chat(gateway, key):
    return httpx.post(gateway.url + "/v1/chat/completions", timeout=60, headers={"authorization": f"Bearer {key}"},
                      json={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}]})


# A key was created and shown, its policy refused, and the key worked, without a policy.
def test_a_new_key_is_of_no_use_before_its_documents_are_there(tsg, gateway):
    state = """organisations: [{id: half, teams: [{id: core, keys: [
        {name: web, environment: prod, allowed_models: ["*"], policy: {models: {deny: [gpt-4o-mini]}}, limit: LIMIT}]}]}]"""
    unknown = "{concurrency: 4}, terms: {discounts: [{provider: opnai, percent: '10'}]}"  # only the gateway knows its providers
    refused = tsg("apply", "-f", "-", stdin=state.replace("LIMIT", unknown), code=1)
    assert "opnai" in refused and "half.core/web stays disabled" in refused
    key = re.search(r"shown this once: (tsg-\w+)", refused)[1]
    assert chat(gateway, key).status_code == 401
    plan = tsg("apply", "-f", "-", stdin=state.replace("LIMIT", "{concurrency: 4}"))
    assert "~ key half.core/web: disabled" in plan
    assert chat(gateway, key).json()["error"]["code"] == "policy_denied"
    assert tsg("apply", "-f", "-", stdin=state.replace("LIMIT", "{concurrency: 4}")) == "0 changes\n"

    made = tsg("apply", "-f", "-", stdin=state.replace("LIMIT", "{concurrency: 4}").replace("half", "whole"))
    key = re.search(r"shown this once: (tsg-\w+)", made)[1]
    assert chat(gateway, key).json()["error"]["code"] == "policy_denied", "and it is enabled"
    assert "- key whole.core/web\n" in tsg(
        "apply", "--dry-run", "--prune", "-f", "-", stdin="organisations: [{id: whole}]").split("- policy")[0]


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
