"""Routes: what they choose, how they are made, and what a target that fails costs nobody."""
import json
import os
import subprocess

import httpx
import pytest
from faults import Seen, catalogue_entry, ledger_rows
from harness import TSG, Gateway


@pytest.fixture(scope="module")
def routed(tmp_path_factory, sim, certificate):
    trusted = {"dialect": "openai", "ca_file": str(certificate[0]), "base_url": sim.base_url()}
    dead = {"dialect": "openai", "base_url": "http://127.0.0.1:1/v1"}
    models = {f"first/gpt-4o-sim-{fault}": catalogue_entry("chat") for fault in ("500", "500-once", "cut-stream")}
    routes = {
        "to-nobody": {"targets": ["dead/gpt-4o", "dead/gpt-4o-mini"]},
        "once-more": {"targets": ["first/gpt-4o-sim-500-once"]},
        "held-back": {"hold_back": {"tokens": 100}, "targets": ["first/gpt-4o-sim-cut-stream", "second/gpt-4o"]},
        "cheap": {"strategy": "lowest_cost", "targets": ["second/gpt-4o", "second/gpt-4o-mini"]},
        "stay": {"strategy": "weighted", "sticky": "conversation", "targets": ["first/gpt-4o", "second/gpt-4o"]},
        "foreign": {"targets": ["second/gpt-4o", "first/gpt-4o"]},
    }
    gateway = Gateway(tmp_path_factory.mktemp("routes"), {"first": trusted, "second": trusted, "dead": dead},
                      models=models, routes=routes).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(routed):
    return routed.new_key(models=["*", "*/*"])["key"]


def test_nobody_left_is_one_clear_error_and_no_invitation_to_retry(routed, key):
    seen = Seen(routed, key, "to-nobody", False)
    assert seen.status in (502, 503) and seen.error["code"] == "provider_unavailable"
    assert seen.headers["x-should-retry"] == "false", "the gateway has retried"
    assert int(seen.headers["x-tsg-attempts"]) >= 2
    assert ledger_rows(routed, seen.request_id)[0] == (2, 0), "released: nothing was sent"


def test_a_route_with_one_target_asks_it_again_after_a_pause(routed, key, sim):
    sim.reset()
    seen = Seen(routed, key, "once-more", False)
    assert seen.complete and [a["outcome"] for a in seen.record["attempts"]] == ["provider_unavailable", "ok"]


def test_a_pinned_model_is_asked_once(routed, key, sim):
    sim.reset()
    seen = Seen(routed, key, "first/gpt-4o-sim-500", False)
    assert seen.status == 502 and len(seen.record["attempts"]) == 1
    assert seen.headers["x-should-retry"] == "true"


def test_hold_back_hides_an_early_break(routed, key):
    seen = Seen(routed, key, "held-back", True)
    assert seen.complete and seen.record["provider"] == "second" and len(seen.record["attempts"]) == 2


def test_the_decision_is_on_the_record(routed, key):
    record = Seen(routed, key, "cheap", False).record
    routing = record["routing"]
    assert record["route"] == "cheap" and routing["strategy"] == "lowest_cost" and len(routing["seed"]) == 16
    assert [place["target"] for place in routing["order"]] == ["second/gpt-4o-mini", "second/gpt-4o"]
    assert all(target["cost_nanousd"] > 0 for target in routing["targets"])
    assert [c["reason"] for c in record["candidates"]] == ["chosen", "in reserve"]


def test_a_conversation_stays_where_it_began(routed, key):
    served = {Seen(routed, key, "stay", False, text="[[sim:output_tokens=3]] hello").record["provider"] for _ in range(8)}
    assert len(served) == 1


def test_a_route_needs_its_name_and_each_target_allowed(routed):
    only_targets = routed.new_key(models=["*/*"])["key"]
    assert Seen(routed, only_targets, "foreign", False).error["code"] == "model_not_allowed"
    only_name = routed.new_key(models=["foreign"])["key"]
    assert Seen(routed, only_name, "foreign", False).error["code"] == "model_not_allowed"
    one = routed.new_key(models=["foreign", "first/*"])["key"]
    seen = Seen(routed, one, "foreign", False)
    assert seen.complete and seen.record["provider"] == "first"
    assert {"target": "second/gpt-4o", "reason": "not in allowed_models"} in seen.record["candidates"]


def test_parameters_no_target_can_honour_are_named(routed, key):
    seen = Seen(routed, key, "foreign", False, max_tokens=10_000_000)
    assert seen.status == 400 and seen.error["code"] == "unsupported_parameter" and "output limit" in seen.error["message"]


def test_routes_are_made_tried_and_deleted_through_the_admin_api(routed, key, tmp_path):
    document = {"strategy": "weighted", "targets": ["second/gpt-4o", {"target": "first/gpt-4o", "weight": 1}]}
    made = routed.admin.put("/admin/v1/routes/mine", json=document)
    assert made.status_code == 201 and made.json()["source"] == "api", made.text
    assert Seen(routed, key, "mine", False).complete
    assert routed.admin.put("/admin/v1/routes/mine", json=document, headers={"if-match": '"9"'}).status_code == 412
    bad = routed.admin.put("/admin/v1/routes/mine", json={"targets": ["secnd/gpt-4o"]})
    assert bad.status_code == 400 and "did you mean `second`" in bad.text
    assert routed.admin.put("/admin/v1/routes/cheap", json=document).status_code == 409, "the configuration's own"

    upstream = {"messages": [{"role": "user", "content": "hi"}], "model": "mine", "max_tokens": 10}
    tried = routed.admin.post("/admin/v1/routes/test", json={"request": upstream, "seed": 1}).json()
    assert tried["chosen"] in ("first/gpt-4o", "second/gpt-4o") and len(tried["decision"]["order"]) == 2
    too_long = routed.admin.post("/admin/v1/routes/test", json={"request": {**upstream, "max_tokens": 10_000_000}}).json()
    assert too_long["chosen"] is None and too_long["passed_over"][0]["reason"] == "output limit"

    environment = {**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{routed.admin_port}", "TSG_ADMIN_TOKEN": routed.admin_token}
    listed = subprocess.run([TSG, "route", "list"], env=environment, capture_output=True, text=True)
    assert listed.returncode == 0 and "mine" in listed.stdout and "configuration" in listed.stdout, listed
    tested = subprocess.run([TSG, "route", "test", "cheap"], env=environment, capture_output=True, text=True)
    assert tested.returncode == 0 and "second/gpt-4o-mini" in tested.stdout, tested
    text = "targets:\n  - second/gpt-4o  # the cheaper one\n"
    made = subprocess.run([TSG, "route", "set", "plain", "-f", "-"], input=text, env=environment, capture_output=True, text=True)
    assert made.returncode == 0 and "plain" in made.stdout, made
    asked = subprocess.run([TSG, "route", "test", "plain", "--request", "-"], env=environment, capture_output=True, text=True,
                           input="messages: [{role: user, content: hi}]")
    assert asked.returncode == 0 and "second/gpt-4o" in asked.stdout, asked
    assert routed.admin.delete("/admin/v1/routes/plain").status_code == 200

    assert routed.admin.delete("/admin/v1/routes/mine").status_code == 200
    assert Seen(routed, key, "mine", False).error["code"] == "model_not_found"
    kinds = [r["kind"] for r in routed.records()]
    assert "route.create" in kinds and "route.delete" in kinds


def test_what_a_route_was_stays_readable_under_the_version_that_records_name(routed, key):
    path, admin = "/admin/v1/routes/moved/versions", routed.admin
    first, second = {"targets": ["second/gpt-4o"]}, {"targets": ["second/gpt-4o-mini"]}
    assert admin.get(path).status_code == 404, "there never was one"
    made = admin.put("/admin/v1/routes/moved", json=first).json()
    named = Seen(routed, key, "moved", False).record["routing"]["route_version"]
    admin.put("/admin/v1/routes/moved", json=second)
    admin.delete("/admin/v1/routes/moved")

    versions = admin.get(path).json()["data"]
    assert [(v["version"], v["deleted"], v["document"]) for v in versions] == [
        (3, True, None), (2, False, second), (1, False, first)]
    assert [v["route_version"] for v in versions if v["document"] == first] == [named] == [made["version"]]
    assert versions[0]["hash"] is versions[0]["route_version"] is None
    one = admin.get(path + "/1")
    assert one.json() == versions[2] and one.headers["etag"] == '"1"'
    assert admin.get(path + "/4").status_code == 404 and admin.get(path + "/x").status_code == 400

    page = admin.get(path, params={"limit": 2}).json()
    assert page["data"] == versions[:2]
    rest = admin.get(path, params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert rest == {"data": versions[2:], "next_cursor": None}
    assert admin.get(path, params={"cursor": "x"}).status_code == 400

    again = admin.put("/admin/v1/routes/moved", json=first).json()
    assert again["version"] == named, "the same document has the same name"
    assert admin.get(path).json()["data"][0]["version"] == 4
    assert admin.delete("/admin/v1/routes/moved").status_code == 200

    configured = admin.get("/admin/v1/routes/cheap/versions")
    assert configured.status_code == 404 and "configuration file" in configured.text

    environment = {**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{routed.admin_port}", "TSG_ADMIN_TOKEN": routed.admin_token}

    def shell(*words):
        done = subprocess.run([TSG, "route", "versions", *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout

    table = shell("moved")
    assert table.count("second/gpt-4o-mini") == 1 and len(table.splitlines()) == 1 + 5, table
    assert json.loads(shell("moved", "2", "--output", "json"))["hash"] == versions[1]["hash"]


def test_models_lists_the_routes_that_the_key_may_call(routed, key):
    def listed(bearer):
        answer = httpx.get(routed.url + "/v1/models", headers={"authorization": f"Bearer {bearer}"}).json()
        return {m["id"]: m.get("targets") for m in answer["data"]}

    assert listed(key)["foreign"] == ["second/gpt-4o", "first/gpt-4o"]
    some = listed(routed.new_key(models=["foreign", "cheap", "first/*"])["key"])
    assert some["foreign"] == ["first/gpt-4o"], "only targets that this key may be sent to"
    assert "cheap" not in some and "stay" not in some, "no target, or no name, is no route"
    one = httpx.get(routed.url + "/v1/models/foreign", headers={"authorization": f"Bearer {key}"})
    assert one.status_code == 200 and one.json()["object"] == "model"


def test_health_is_visible_in_the_api_the_shell_and_the_metrics(routed, key):
    Seen(routed, key, "first/gpt-4o-sim-500", False)
    Seen(routed, key, "second/gpt-4o", False)
    first = next(p for p in routed.admin.get("/admin/v1/providers").json()["data"] if p["id"] == "first")
    failing = next(e for e in first["endpoints"] if e["model"] == "gpt-4o-sim-500")
    assert failing["requests"]["failed"] > 0 and failing["in_flight"] == 0
    environment = {**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{routed.admin_port}", "TSG_ADMIN_TOKEN": routed.admin_token}

    def shell(*words):
        done = subprocess.run([TSG, "provider", *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout

    row = next(line.split() for line in shell("list").splitlines() if line.startswith("second"))
    assert row[-2:] == ["main", "ok"], "names, not JSON"
    assert "gpt-4o-sim-500" in shell("health", "first") and "gpt-4o-sim-500" not in shell("health", "second")
    assert 'tsg_provider_models{provider="second",credential="main",standing="usable"}' in routed.admin.get("/metrics").text
