"""Who may call what: documents, limits, keys and parents, seen from the client's port. A change acts on the next request."""
import datetime
import json

import httpx
import pytest
from harness import MODEL, body, raw_post, read_all, wait_for

CHAT, EMBED = "/v1/chat/completions", "/v1/embeddings"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}


@pytest.fixture(scope="module")
def world(gateway):
    """Names of its own for each test, so that documents do not meet."""
    count = iter(range(10_000))

    def make(models=("*",), **more):
        org = f"g{next(count)}"
        gateway.create("/admin/v1/orgs", id=org, name=org)
        gateway.create(f"/admin/v1/orgs/{org}/teams", id="core", name="core")
        key = gateway.create("/admin/v1/keys", org=org, team="core", environment="prod", name="k",
                             allowed_models=list(models), **more)
        return org, key
    return make


def put(gateway, kind, level, name, document, environment=None, expect=(200, 201)):
    answer = gateway.admin.put(f"/admin/v1/{kind}/{level}/{name}", json=document,
                               params={"environment": environment} if environment else None)
    assert answer.status_code in expect, answer.text
    return answer


def call(gateway, key, path, payload=None, **headers):
    headers = {"authorization": f"Bearer {key}", **headers}
    if payload is None:
        return httpx.get(gateway.url + path, headers=headers, timeout=60)
    return httpx.post(gateway.url + path, json=payload, headers=headers, timeout=60)


def chat(gateway, key, text="Hi.", **more):
    return call(gateway, key, CHAT, body(text, **more))


def events(answer):
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]


def streamed_text(answer):
    return "".join(c["delta"].get("content") or "" for e in events(answer) for c in e.get("choices", []))


# -- enforcement: every route x every kind of rule x plain and stream ---------------------------------------------------

ACCESS = {  # hold for every route
    "environments": {"environments": ["dev"]},
    "networks": {"networks": ["10.0.0.0/8"]},
    "time": None,  # closed_now()
}
TARGET = {
    "models.deny": {"models": {"deny": ["*"]}},
    "models.allow": {"models": {"allow": ["nothing"]}},
    "providers.deny": {"providers": {"deny": ["open*"]}},
    "providers.allow": {"providers": {"allow": ["anthropic"]}},
    "provider_tags": {"provider_tags": ["eu"]},
}
CONTENT = {"content.email": {"content": [{"detector": "email", "action": "deny"}]}}
BODY = {  # rule: (policy, what the chat request has)
    "tools": ({"tools": False}, {"tools": [TOOL]}),
    "server_tools": ({"server_tools": False}, {"web_search_options": {}}),
    "images": ({"images": False}, {"messages": [{"role": "user", "content": [IMAGE]}]}),
    "audio": ({"audio": False}, {"messages": [{"role": "user", "content": [AUDIO]}]}),
    "files": ({"files": False}, {"messages": [{"role": "user", "content": [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,aGk="}}]}]}),
    "max_input_bytes": ({"max_input_bytes": 3}, {}),
    "require_user": ({"require_user": True}, {}),
    "max_tokens": ({"max_tokens": {"limit": 10}}, {"max_tokens": 11}),
}


def test_networks_believe_trusted_proxies_only(make_gateway):
    for proxies, expected in ((["127.0.0.0/8"], [200, 403, 403]), ([], [403, 403, 403])):
        gateway = make_gateway(trusted_proxies=proxies)
        key = gateway.new_key()
        put(gateway, "policies", "org", "acme", {"networks": ["203.0.113.0/24"]})
        # The second was written by a client that claims to be in the network: the hop from the right counts.
        claims = ("203.0.113.9", "203.0.113.9, 198.51.100.1", "198.51.100.1")
        assert [call(gateway, key["key"], CHAT, body(), **{"x-forwarded-for": c}).status_code for c in claims] == expected


def test_a_zone_closes_and_opens_by_its_own_clock(gateway, world):
    org, key = world()
    now = datetime.datetime.now(datetime.timezone.utc)
    for zone, offset in (("Asia/Tokyo", 9), ("Asia/Kolkata", 5.5)):
        there = now + datetime.timedelta(hours=offset)
        day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][there.weekday()]
        before, after = ((there + datetime.timedelta(hours=h)) for h in (-2, 2))
        windows = [{"from": before.strftime("%H:%M"), "to": after.strftime("%H:%M")}]
        put(gateway, "policies", "org", org, {"time": {"zone": zone, "windows": windows}})
        assert status(gateway, key) == 200, (zone, day)
        windows = [{"from": after.strftime("%H:%M"), "to": before.strftime("%H:%M")}]
        put(gateway, "policies", "org", org, {"time": {"zone": zone, "windows": windows}})
        assert status(gateway, key) == 403, (zone, day)


def closed_now():
    today = datetime.datetime.now(datetime.timezone.utc).weekday()
    day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(today + 3) % 7]
    return {"time": {"windows": [{"days": [day]}]}}


def routes_of(text="write to ann@example.com"):
    """(route, request or None for GET): everything a client can call."""
    return [
        (CHAT, body(text)), (CHAT, body(text, stream=True)),
        (EMBED, {"model": "text-embedding-3-small", "input": text}),
        ("/v1/models", None), (f"/v1/models/{MODEL}", None), ("/v1/usage", None),
    ]


def refused(answer, rule, source):
    assert answer.status_code == 403, (rule, answer.status_code, answer.text)
    error = answer.json()["error"]
    assert error["code"] == "policy_denied" and error["rule"] == f"policy {source} {rule}", error
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("level", ["org", "team", "key", "org/prod", "team/prod"])
def test_access_rules_hold_on_every_route_at_every_level(gateway, world, level):
    org, key = world()
    name = {"org": org, "team": f"{org}.core", "key": key["id"]}[level.split("/")[0]]
    environment = level.partition("/")[2] or None
    for rule, policy in ACCESS.items():
        policy = closed_now() if rule == "time" else policy
        version = put(gateway, "policies", level.split("/")[0], name, policy, environment).json()["version"]
        source = f"{level.split('/')[0]}/{name}{'/' + environment if environment else ''} v{version}"
        for path, request in routes_of():
            refused(call(gateway, key["key"], path, request), rule, source)
    gateway.admin.delete(f"/admin/v1/policies/{level.split('/')[0]}/{name}",
                         params={"environment": environment} if environment else None)
    for path, request in routes_of():
        assert call(gateway, key["key"], path, request).status_code == 200, path


@pytest.mark.parametrize("rule", [*TARGET, *CONTENT])
def test_target_and_content_rules_hold_on_every_route_that_calls_a_model(gateway, world, sim, rule):
    org, key = world()
    policy = {**TARGET, **CONTENT}[rule]
    assert chat(gateway, key["key"]).status_code == 200
    put(gateway, "policies", "team", f"{org}.core", policy)
    calls = sim.upstream_requests()
    for path, request in routes_of():
        if request is not None:
            refused(call(gateway, key["key"], path, request), rule, f"team/{org}.core v1")
    assert sim.upstream_requests() == calls, "nothing was sent"
    if rule in TARGET:  # what may not be called is not listed either
        listed = call(gateway, key["key"], "/v1/models").json()["data"]
        assert MODEL not in [m["id"] for m in listed]
        assert call(gateway, key["key"], f"/v1/models/{MODEL}").status_code == 404


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("rule", BODY)
def test_body_rules_hold_plain_and_streamed(gateway, world, rule, stream):
    org, key = world()
    policy, extra = BODY[rule]
    request = body("text", stream=stream, **{k: v for k, v in extra.items() if k != "messages"})
    request["messages"] = extra.get("messages", request["messages"])
    put(gateway, "policies", "org", org, policy)
    refused(call(gateway, key["key"], CHAT, request), rule, f"org/{org} v1")
    record = gateway.records(org=org, limit=1)[0]
    assert record["verdict"] == "deny" and record["rule"] == f"policy org/{org} v1 {rule}"
    assert record["policy_version"].startswith(f"org/{org}@1:")


def test_embeddings_obey_the_rules_that_concern_them(gateway, world):
    org, key = world()
    request = {"model": "text-embedding-3-small", "input": "some text"}
    for rule in ("max_input_bytes", "require_user"):
        version = put(gateway, "policies", "org", org, BODY[rule][0]).json()["version"]
        refused(call(gateway, key["key"], EMBED, request), rule, f"org/{org} v{version}")


# -- clamping -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("asked", [None, 5000])
def test_max_tokens_are_lowered_and_said(gateway, world, sim, asked):
    org, key = world()
    put(gateway, "policies", "org", org, {"max_tokens": {"limit": 77, "action": "clamp"}})
    answer = chat(gateway, key["key"], **({"max_tokens": asked} if asked else {}))
    assert answer.status_code == 200 and answer.headers["x-tsg-max-tokens"] == "77"
    sent = json.loads(sim.control.get("/_sim/requests", params={"last": 1}).text)
    assert "77" in json.dumps(sent)
    record = gateway.record(answer.headers["x-request-id"])
    assert record["matched"] == [{"source": f"policy org/{org} v1", "rule": "max_tokens", "effect": "clamp 77"}]
    assert "x-tsg-max-tokens" not in chat(gateway, key["key"], max_tokens=7).headers


# -- content ------------------------------------------------------------------------------------------------------------

REDACT = {"content": [{"detector": "email", "action": "redact"}]}


def test_prompts_are_redacted_before_they_leave(gateway, world, sim):
    org, key = world()
    put(gateway, "policies", "org", org, REDACT)
    answer = chat(gateway, key["key"], 'ask "bob\\u0040example.com" or ann@example.com [[sim:text=done]]')
    assert answer.json()["content"] == "done"
    sent = sim.control.get("/_sim/requests", params={"last": 1}).text
    assert "ann@example.com" not in sent and "[EMAIL]" in sent
    record = gateway.record(answer.headers["x-request-id"])
    assert record["matched"][0]["effect"].startswith("redact ")
    assert "example.com" not in json.dumps(record)


@pytest.mark.parametrize("stream", [False, True])
def test_answers_are_redacted(gateway, world, stream):
    org, key = world()
    put(gateway, "policies", "org", org, {"content": [{"detector": "email", "action": "redact", "on": ["answer"]}]})
    answer = chat(gateway, key["key"], "[[sim:text=write to ann@example.com today]]", stream=stream)
    assert answer.status_code == 200, answer.text
    text = streamed_text(answer) if stream else answer.json()["content"]
    assert text == "write to [EMAIL] today"
    if stream:
        assert answer.text.rstrip().endswith("data: [DONE]")
    else:
        assert answer.json()["choices"][0]["message"]["content"] == text


def test_a_denied_answer_is_billed_and_not_shown(gateway, world):
    org, key = world()
    put(gateway, "policies", "org", org, {"content": [{"detector": "email", "on": ["answer"]}]})
    answer = chat(gateway, key["key"], "[[sim:text=ann@example.com,output_tokens=10]]")
    refused(answer, "content.email", f"org/{org} v1")
    assert "ann@" not in answer.text
    record = gateway.record(answer.headers["x-request-id"])
    assert record["verdict"] == "deny" and float(record["cost_usd"]) > 0


def test_a_denied_stream_is_cut(gateway, world):
    org, key = world()
    put(gateway, "policies", "org", org, {"content": [{"name": "word", "pattern": "forbidden", "longest": 16,
                                                       "on": ["answer"]}]})
    text = "x " * 100 + "forbidden" + " y" * 100
    data = read_all(raw_post(gateway.port, key["key"], body(f"[[sim:text={text}]]", stream=True)))
    assert b"policy_denied" in data and b"forbidden" not in data and b"[DONE]" not in data
    assert not data.endswith(b"0\r\n\r\n")


# -- rate limits --------------------------------------------------------------------------------------------------------

def test_requests_per_minute_refuse_exactly_and_say_everything(gateway, world):
    org, key = world()
    put(gateway, "limits", "team", f"{org}.core", {"requests_per_minute": 3})
    put(gateway, "limits", "org", org, {"requests_per_minute": 100})
    for left in (2, 1, 0):
        answer = chat(gateway, key["key"])
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit-requests"] == "3"
        assert answer.headers["x-ratelimit-remaining-requests"] == str(left)
    answer = chat(gateway, key["key"])
    assert answer.status_code == 429
    error = answer.json()["error"]
    assert error["code"] == "rate_limit_exceeded"
    assert (error["scope"], error["scope_id"], error["limit"], error["used"]) == ("team", f"{org}.core", "3", "3")
    assert error["resets_at"].endswith("Z") and error["request_id"] == answer.headers["x-request-id"]
    assert 0 < int(answer.headers["retry-after-ms"]) <= 20_000 and 1 <= int(answer.headers["retry-after"]) <= 20
    assert "x-should-retry" not in answer.headers
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    record = gateway.record(answer.headers["x-request-id"])
    assert record["rule"] == f"limit team/{org}.core v1 requests_per_minute"


def test_a_keys_own_limits_and_tokens_are_corrected_to_what_was_used(gateway, world):
    org, key = world(limits={"output_tokens_per_minute": 1000})
    answer = chat(gateway, key["key"], "[[sim:output_tokens=10]]", max_tokens=900)
    assert answer.status_code == 200 and answer.headers["x-ratelimit-remaining-tokens"] == "100"
    answer = chat(gateway, key["key"], "[[sim:output_tokens=10]]", max_tokens=900)
    assert answer.status_code == 200, "900 were charged, 10 were used"


def test_concurrency_counts_running_requests(gateway, world):
    org, key = world(limits={"concurrency": 1})
    slow = raw_post(gateway.port, key["key"], body("[[sim:latency_ms=30000]]"))
    wait_for(lambda: chat(gateway, key["key"]).status_code == 429, "the limit of one")
    slow.close()
    wait_for(lambda: chat(gateway, key["key"]).status_code == 200, "the place to come free")


# -- keys and parents ----------------------------------------------------------------------------------------------------

def status(gateway, key):
    return chat(gateway, key["key"]).status_code


def test_every_change_acts_on_the_next_request(gateway, world):
    org, key = world()
    path = f"/admin/v1/keys/{key['id']}"

    def patch(where, **what):
        answer = gateway.admin.patch(where, json=what)
        assert answer.status_code == 200, answer.text

    assert status(gateway, key) == 200
    patch(path, allowed_models=["gpt-9*"])
    assert status(gateway, key) == 403
    patch(path, allowed_models=["gpt-4o*"])
    assert status(gateway, key) == 200
    for where in (path, f"/admin/v1/orgs/{org}", f"/admin/v1/orgs/{org}/teams/core"):
        patch(where, disabled=True)
        assert status(gateway, key) == 401, where
        patch(where, disabled=False)
        assert status(gateway, key) == 200, where
    patch(path, limits={"requests_per_minute": 0})
    assert status(gateway, key) == 429
    patch(path, limits=None)
    assert status(gateway, key) == 200
    assert gateway.admin.delete(f"/admin/v1/orgs/{org}/teams/core").status_code == 200
    assert status(gateway, key) == 401
    assert gateway.admin.post(f"/admin/v1/orgs/{org}/teams", json={"id": "core", "name": "core"}).status_code == 409


def test_rotation_overlaps_and_keeps_id_and_budget(gateway, world):
    org, key = world()
    rotated = gateway.admin.post(f"/admin/v1/keys/{key['id']}/rotate", json={"overlap_seconds": 600}).json()
    assert rotated["id"] == key["id"] and rotated["key"] != key["key"]
    assert status(gateway, key) == status(gateway, rotated) == 200
    last = gateway.admin.post(f"/admin/v1/keys/{key['id']}/rotate", json={"overlap_seconds": 0}).json()
    assert [status(gateway, k) for k in (key, rotated, last)] == [401, 401, 200]
    shown = gateway.admin.get(f"/admin/v1/keys/{key['id']}").json()
    assert "key" not in shown and shown["last_used_at"]
    records = gateway.records(key_id=key["id"], kind="key.rotate")
    assert len(records) == 2 and all(last["key"] not in json.dumps(r) for r in records)


def test_when_a_key_was_last_used_outlives_the_process(make_gateway):
    gateway = make_gateway()
    key, idle = gateway.new_key(), gateway.new_key()
    assert status(gateway, key) == 200

    def last_used(of):
        return gateway.admin.get(f"/admin/v1/keys/{of['id']}").json()["last_used_at"]
    used = last_used(key)
    assert used and gateway.stop() == 0
    gateway.start()
    assert last_used(key) == used and last_used(idle) is None
    gateway.kill()
    gateway.start()
    assert last_used(key) == used and last_used(idle) is None, "what was kept survives a kill"


def test_a_revoked_keys_stream_is_cut_at_the_next_event(gateway, world):
    org, key = world()
    got = []
    connection = raw_post(gateway.port, key["key"], body("[[sim:output_tokens=400,inter_us=50000]]", stream=True))
    got.append(connection.recv(65536))
    assert gateway.admin.post(f"/admin/v1/keys/{key['id']}/revoke", json={}).status_code == 200
    rest = read_all(connection)
    assert b"invalid_api_key" in rest and b"[DONE]" not in rest and not rest.endswith(b"0\r\n\r\n")
    record = wait_for(lambda: gateway.records(key_id=key["id"], kind="request"), "the record")[0]
    assert record["code"] == "invalid_api_key" and record["complete"] is False and "cost_usd" in record


# -- bad input -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path,document,param", [
    ("policies/org/acme", {"modles": {}}, "modles"),
    ("policies/org/acme", {"content": [{"pattern": "("}]}, "content[0].pattern"),
    ("limits/org/acme", {"requests_per_minute": "60"}, "requests_per_minute"),
    ("limits/org/acme", {}, None),
    ("budgets/org/acme", {"monthly_usd": 100}, "monthly_usd"),
    ("budgets/org/acme", {"monthly_usd": "100", "alerts_percent": [80, 50]}, "alerts_percent"),
])
def test_a_mistake_names_its_member_and_nothing_is_stored(gateway, path, document, param):
    answer = gateway.admin.put("/admin/v1/" + path, json=document)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text
    assert gateway.admin.get("/admin/v1/" + path).status_code == 404


def test_etags_versions_and_quiet_puts(gateway, world):
    org, key = world()
    path = f"/admin/v1/policies/org/{org}"
    first = gateway.admin.put(path, json={"tools": False})
    assert first.status_code == 201 and first.headers["etag"] == '"1"'
    same = gateway.admin.put(path, json={"tools": False})
    assert same.status_code == 200 and same.headers["etag"] == '"1"'
    second = gateway.admin.put(path, json={"tools": True}, headers={"if-match": '"1"'})
    assert second.headers["etag"] == '"2"'
    assert gateway.admin.put(path, json={"tools": False}, headers={"if-match": '"1"'}).status_code == 412
    assert gateway.admin.delete(path, headers={"if-match": '"1"'}).status_code == 412
    change = gateway.records(org=org, kind="policy.put")
    assert change[0]["before"] == {"tools": False} and change[0]["after"] == {"tools": True}
    assert change[0]["actor"] == "token:owner"


def test_old_versions_stay_readable_and_their_hash_is_in_the_records(gateway, world):
    org, key = world()
    path = f"/admin/v1/policies/org/{org}"
    for policy in ({"tools": False}, {"images": False}):
        gateway.admin.put(path, json=policy)
    request_id = chat(gateway, key["key"]).headers["x-request-id"]
    gateway.admin.delete(path)
    versions = gateway.admin.get(path + "/versions").json()["data"]
    assert [(v["version"], v["deleted"], v["document"]) for v in versions] == [
        (3, True, None), (2, False, {"images": False}), (1, False, {"tools": False})]
    assert gateway.admin.get(path + "/versions/2").json() == versions[1]
    record = gateway.record(request_id)
    assert record["policy_version"] == f"org/{org}@2:{versions[1]['hash'][:16]}"
    change = gateway.records(org=org, kind="policy.put")[0]
    assert change["detail"] == "sha256:" + versions[1]["hash"]
    page = gateway.admin.get(path + "/versions", params={"limit": 2}).json()
    rest = gateway.admin.get(path + "/versions", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert page["data"] + rest["data"] == versions and rest["next_cursor"] is None
    assert [gateway.admin.get(f"{path}/versions/{n}").status_code for n in (9, 0, "x")] == [404, 400, 400]


def test_ids_that_do_not_exist_are_not_found(gateway):
    for path in ("policies/org/nobody", "policies/team/acme.nobody", "policies/key/key_nobody", "policies/robot/x"):
        assert gateway.admin.put("/admin/v1/" + path, json={}).status_code == 404, path
    assert gateway.admin.get("/admin/v1/orgs", params=[("limit", "1"), ("limit", "2")]).status_code == 400
    for bad in ("Acme", "açme", "acme ", ""):
        assert gateway.admin.post("/admin/v1/orgs", json={"id": bad}).status_code == 400


def test_creates_can_be_repeated(gateway):
    one = gateway.admin.post("/admin/v1/orgs", json={"id": "twice", "name": "Twice"})
    two = gateway.admin.post("/admin/v1/orgs", json={"id": "twice", "name": "Twice"})
    assert (one.status_code, two.status_code) == (201, 200) and one.json() == two.json()
    gateway.create("/admin/v1/orgs/twice/teams", id="t", name="t")
    request = {"org": "twice", "team": "t", "environment": "dev", "name": "k", "allowed_models": []}
    header = {"idempotency-key": "job-17"}
    made = gateway.admin.post("/admin/v1/keys", json=request, headers=header)
    again = gateway.admin.post("/admin/v1/keys", json=request, headers=header)
    assert made.status_code == 201 and again.status_code == 409 and made.json()["id"] in again.text
    assert len(gateway.admin.get("/admin/v1/keys", params={"org": "twice"}).json()["data"]) == 1


# -- hypothetical requests, restarts -------------------------------------------------------------------------------------

def test_a_hypothetical_request_gets_the_decision_of_a_real_one(gateway, world, sim):
    org, key = world()
    put(gateway, "policies", "org", org, {"models": {"deny": ["gpt-4o-mini"]}, "max_tokens": {"limit": 9, "action": "clamp"}})
    calls = sim.upstream_requests()

    def ask(model):
        answer = gateway.admin.post("/admin/v1/policies/test", json={"key": key["id"], "request": body(model=model)})
        assert answer.status_code == 200, answer.text
        return answer.json()
    denied = ask("gpt-4o-mini")
    assert denied["verdict"] == "deny" and denied["rule"] == f"policy org/{org} v1 models.deny"
    allowed = ask(MODEL)
    assert allowed["verdict"] == "allow" and allowed["max_tokens"] == 9
    assert {"target": f"openai/{MODEL}", "reason": "allowed"} in allowed["candidates"]
    put(gateway, "limits", "team", f"{org}.core", {"requests_per_minute": 3})
    assert [ask(MODEL)["standing"] for _ in range(2)] == 2 * [[{
        "source": f"limit team/{org}.core v1 requests_per_minute", "limit": 3, "remaining": 2, "full_again_in": "20s"}]]
    put(gateway, "limits", "org", org, {"requests_per_minute": 0})
    assert ask(MODEL)["code"] == "rate_limit_exceeded"
    gateway.admin.delete(f"/admin/v1/limits/org/{org}")
    assert sim.upstream_requests() == calls
    real = chat(gateway, key["key"], model="gpt-4o-mini")
    assert real.json()["error"]["rule"] == denied["rule"]


def test_everything_is_there_after_a_restart(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key(limits={"requests_per_minute": 50})
    put(gateway, "policies", "team", "acme.web", {"images": False}, "test")
    token = gateway.create("/admin/v1/tokens", name="t", role="viewer")["token"]
    gateway.stop()
    gateway.start()
    assert chat(gateway, key["key"]).headers["x-ratelimit-limit-requests"] == "50"
    request = body()
    request["messages"] = [{"role": "user", "content": [IMAGE]}]
    refused(call(gateway, key["key"], CHAT, request), "images", "team/acme.web/test v1")
    assert httpx.get(f"http://127.0.0.1:{gateway.admin_port}/admin/v1/orgs",
                     headers={"authorization": f"Bearer {token}"}).status_code == 200
