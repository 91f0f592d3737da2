"""Every admin route x every role x tokens of all, of the own and of another organisation.

What is expected is read from the table in src/admin/ROLES.md, which a unit test compares with the code.
"""
import re
import secrets

import httpx
import pytest
from harness import ROOT, wait_for

ROLES = ["owner", "admin", "auditor", "finance", "viewer", "metrics"]


def table():
    rows = []
    for line in (ROOT / "src/admin/ROLES.md").read_text().splitlines():
        if re.match(r"\| (GET|POST|PUT|PATCH|DELETE) ", line):
            cells = [c.strip() for c in line.strip("|").split("|")]
            method, path, marks, reach = cells[0], cells[1].strip("`"), cells[2:8], cells[8]
            allowed = {r for r, m in zip(ROLES, marks) if m == "x"}
            # What may be changed below an organisation only: once there, once at the organisation itself.
            for level, at in (("team", "own"), ("org", "all")) if reach == "below" else (("org", reach),):
                rows.append((method, "/admin/v1" + path, allowed, at, level))
    assert len(rows) > 30
    return rows


@pytest.fixture(scope="module")
def tenants(gateway):
    """Two organisations with everything a path can name, and a token of each role for all, for `own`, for `other`."""
    made = {}
    for org in ("own", "other"):
        gateway.create("/admin/v1/orgs", id=org, name=org)
        gateway.create(f"/admin/v1/orgs/{org}/teams", id="core", name="core")
        key = gateway.create("/admin/v1/keys", org=org, team="core", environment="dev", name="k", allowed_models=[])
        token = gateway.create("/admin/v1/tokens", name="victim", role="viewer", org=org)
        made[org] = {"org": org, "team": "core", "key": key["id"], "token": token["id"]}
        for kind, document in (("policies", {}), ("limits", {"concurrency": 9}), ("budgets", {"monthly_usd": "1"}),
                               ("prices/terms", {})):
            for at in (f"org/{org}", f"team/{org}.core"):
                assert gateway.admin.put(f"/admin/v1/{kind}/{at}", json=document).status_code == 201
    assert gateway.admin.put("/admin/v1/routes/stored", json={"targets": ["openai/gpt-4o"]}).status_code == 201
    record = gateway.records(org="own", limit=1)[0]["request_id"]
    for names in made.values():
        names |= {"request_id": record, "provider": "openai", "name": "stored", "version": "1"}
    tokens = {}
    for role in ROLES:
        for scope in (None, "own", "other"):
            body = {"name": f"{role} of {scope}", "role": role, **({"org": scope} if scope else {})}
            tokens[role, scope] = gateway.create("/admin/v1/tokens", **body)["token"]
    return made, tokens


def request(gateway, token, method, path, names):
    """Asks about what `names` says; harmless where it is allowed."""
    if "{topup}" in path:  # one of its own, so that it is there
        granted = gateway.admin.post(f"/admin/v1/budgets/{names['level']}/{names['id']}/topups", json={"usd": "1"})
        names = {**names, "topup": granted.json()["document"]["topups"][-1]["id"]}
    path = re.sub(r"\{(\w+)\}", lambda m: names[m[1]], path)
    body = None
    if method == "POST" and path == "/admin/v1/keys":
        body = {"org": names["org"], "team": "core", "environment": "dev", "name": "n", "allowed_models": []}
    elif method == "POST" and path.endswith("/test"):
        body = {"key": names["key"], "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}}
    elif method == "POST" and path.endswith("/orgs"):
        body = {"id": "new-" + secrets.token_hex(4)}
    elif method == "POST" and path.endswith("/teams"):
        body = {"id": "new-" + secrets.token_hex(4)}
    elif method == "POST" and path.endswith("/tokens"):
        body = {"name": "n", "role": "viewer", "org": names["org"]}
    elif method == "PUT" and "/credentials/" in path:
        body = {"key": "sk-x", "org": "own"}
    elif method == "PUT":
        body = {"policies": {}, "limits": {"concurrency": 9}, "budgets": {"monthly_usd": "1"},
                "prices": {}, "routes": {"targets": ["openai/gpt-4o"]}}[path.split("/")[3]]
    elif path.endswith("/topups"):
        body = {"usd": "0.01"}
    elif path.endswith("/acknowledgements"):
        body = {"seq": 0, "reason": "there is none"}
    elif method in ("POST", "PATCH"):
        body = {}
    return httpx.request(method, f"http://127.0.0.1:{gateway.admin_port}{path}", json=body, timeout=60,
                         headers={"authorization": f"Bearer {token}"})


def ends_something(row):
    return row[0] == "DELETE" or row[1].endswith("/revoke")


# What ends something is asked last, so that it is there for all the others; a parent after what is below it, and the
# organisation that tokens are of at the very end.
def order(row):
    entity = row[1].startswith("/admin/v1/orgs")
    return ends_something(row), entity, -row[1].count("/") if ends_something(row) else 0


@pytest.mark.parametrize("row", sorted(table(), key=order), ids=lambda r: f"{r[0]} {r[1]} at {r[4]}")
def test_every_route_for_every_role_and_organisation(gateway, tenants, row):
    method, path, allowed, reach, level = row
    made, tokens = tenants
    names = {**made["own"], "level": level, "id": "own" if level == "org" else "own.core"}

    def may(token):
        (role, scope), _ = token
        return role in allowed and not (scope and reach == "all")
    for (role, scope), token in sorted(tokens.items(), key=may):  # who may end it comes last
        answer = request(gateway, token, method, path, names)
        who = f"{role} of {scope or 'all'}: {answer.status_code} {answer.text[:200]}"
        if not may(((role, scope), token)):
            assert answer.status_code == 403 and answer.json()["error"]["code"] == "forbidden", who
        elif scope == "other" and "{" in path and "{provider}" not in path:
            assert answer.status_code == 404, who
        elif scope == "other" and method == "POST":
            assert answer.status_code == 404, who  # the body names the other organisation
        elif ends_something(row) or path.endswith("/acknowledgements"):
            assert answer.status_code in (200, 404), who  # the first one ends it; there is no break to acknowledge
        else:
            assert answer.status_code in (200, 201), who
        if method == "GET" and scope == "other" and answer.status_code == 200:
            assert '"own"' not in answer.text, "a list shows nothing of another organisation"


def test_a_tenant_changes_nothing_that_it_is_bound_by(make_gateway):
    """The platform's word to an organisation: whether it works, its budget, what its calls count."""
    gateway = make_gateway()
    token = gateway.create("/admin/v1/tokens", name="tenant", role="owner", org="acme")["token"]
    key = gateway.new_key()["key"]
    put = {"policies": {"models": {"deny": ["*"]}}, "limits": {"requests_per_minute": 1}, "budgets": {"monthly_usd": "1"}}
    with httpx.Client(base_url=f"http://127.0.0.1:{gateway.admin_port}/admin/v1", timeout=60,
                      headers={"authorization": f"Bearer {token}"}) as tenant:
        for kind, document in put.items():
            for environment in ("", "?environment=test"):
                at = f"/{kind}/org/acme{environment}"
                assert gateway.admin.put(f"/admin/v1{at}", json=document).status_code == 201
                assert tenant.get(at).json()["document"] == document, "reading is allowed"
                assert tenant.put(at, json={}).status_code == tenant.delete(at).status_code == 403
                assert gateway.admin.delete(f"/admin/v1{at}").status_code == 200
                assert tenant.put(at, json=document).status_code == 403, "nor the first one"
        for at in ("org/acme", "team/acme.web", f"key/{gateway.new_key()['id']}"):
            assert tenant.put(f"/prices/terms/{at}", json={"discounts": [{"percent": "100"}]}).status_code == 403
        assert tenant.post("/budgets/org/acme/topups", json={"usd": "1000"}).status_code == 403

        assert gateway.admin.patch("/admin/v1/orgs/acme", json={"disabled": True}).status_code == 200
        refused = tenant.patch("/orgs/acme", json={"disabled": False})
        assert refused.status_code == 403 and "limited to 'acme'" in refused.json()["error"]["message"]
        assert httpx.get(gateway.url + "/v1/models", headers={"authorization": f"Bearer {key}"}).status_code == 401

        # What is below is its own.
        assert tenant.put("/budgets/team/acme.web", json={"monthly_usd": "5"}).status_code == 201
        assert tenant.post("/orgs/acme/teams", json={"id": "other"}).status_code == 201
        # And it gives out tokens of its own organisation, which it says or not, and sees no others.
        made = tenant.post("/tokens", json={"name": "n", "role": "admin"}).json()
        assert made["org"] == "acme"
        assert tenant.post("/tokens", json={"name": "n", "role": "admin", "org": "elsewhere"}).status_code == 404
        everybody = gateway.create("/admin/v1/tokens", name="platform", role="viewer")["id"]
        assert everybody not in tenant.get("/tokens").text and made["id"] in tenant.get("/tokens").text
        assert tenant.get(f"/tokens/{everybody}").status_code == 404
        assert tenant.post(f"/tokens/{everybody}/revoke", json={}).status_code == 404


def test_a_filter_for_another_organisation_is_one_for_an_unknown_one(gateway):
    gateway.create("/admin/v1/orgs", id="mine", name="mine")
    token = gateway.create("/admin/v1/tokens", name="t", role="admin", org="mine")["token"]
    for path in ("keys", "audit", "usage"):
        for org, status in (("mine", 200), ("acme", 404), ("no-such", 404)):
            answer = httpx.get(f"http://127.0.0.1:{gateway.admin_port}/admin/v1/{path}", params={"org": org}, timeout=60,
                               headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == status, (path, org, answer.text)


def test_a_key_of_a_deleted_team_says_so_and_is_not_changed_any_more(gateway):
    gateway.create("/admin/v1/orgs/acme/teams", id="gone", name="gone")
    key = gateway.create("/admin/v1/keys", org="acme", team="gone", environment="dev", name="k", allowed_models=["*"])
    at = f"/admin/v1/keys/{key['id']}"
    assert gateway.admin.get(at).json()["status"] == "active"
    assert gateway.admin.delete("/admin/v1/orgs/acme/teams/gone").status_code == 200
    assert gateway.admin.get(at).json()["status"] == "deleted"
    for answer in (gateway.admin.patch(at, json={"name": "n"}), gateway.admin.post(at + "/rotate", json={})):
        assert answer.status_code == 409 and "acme.gone" in answer.json()["error"]["message"], answer.text
    assert gateway.admin.post(at + "/revoke", json={}).json()["status"] == "revoked"


def test_no_client_key_reaches_the_admin_api_and_no_token_calls_models(gateway, tenants, key):
    _, tokens = tenants
    admin = f"http://127.0.0.1:{gateway.admin_port}/admin/v1/orgs"
    assert httpx.get(admin, headers={"authorization": f"Bearer {key}"}).status_code == 401
    for token in tokens.values():
        assert httpx.get(gateway.url + "/v1/models", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_revoked_token_is_nobody(gateway):
    token = gateway.create("/admin/v1/tokens", name="gone", role="admin")
    headers = {"authorization": f"Bearer {token['token']}"}
    orgs = f"http://127.0.0.1:{gateway.admin_port}/admin/v1/orgs"
    assert httpx.get(orgs, headers=headers).status_code == 200
    assert gateway.admin.post(f"/admin/v1/tokens/{token['id']}/revoke", json={}).status_code == 200
    assert httpx.get(orgs, headers=headers).status_code == 401
    assert token["token"] not in gateway.admin.get("/admin/v1/tokens").text


def test_failed_log_ins_leave_records_and_cannot_fill_the_log(make_gateway):
    gateway = make_gateway(limits={"unauthorized_per_second": 1})
    orgs = f"http://127.0.0.1:{gateway.admin_port}/admin/v1/orgs"
    with httpx.Client(timeout=60) as client:
        refused = client.get(orgs, headers={"authorization": "Bearer guess-0"})
        record = gateway.records(kind="admin.unauthorized")[0]
        assert refused.status_code == 401 and refused.headers["x-request-id"] == record["request_id"]
        assert (record["verdict"], record["status"], record["client_net"]) == ("deny", 401, "127.0.0.0/24")
        assert client.get(orgs).status_code == 401
        for n in range(500):
            client.get(orgs, headers={"authorization": f"Bearer guess-{n}"})

    def all_of_them():
        single = len(gateway.records(kind="admin.unauthorized"))
        counted = sum(r["count"] for r in gateway.records(kind="admin.unauthorized.count"))
        return (single, counted) if single + counted == 502 else None
    single, counted = wait_for(all_of_them, "every refusal, one by one or counted")
    assert counted > 0 and "guess" not in str(gateway.records())
    assert "tsg_admin_unauthorized_total 502" in gateway.admin.get("/metrics").text


def test_a_key_stored_for_one_organisation_hides_its_namesake_there_only(gateway):
    gateway.create("/admin/v1/orgs", id="guest", name="guest")
    path = "/admin/v1/providers/openai/credentials/main"
    stored = gateway.admin.put(path, json={"key": "sk-of-guest-" + secrets.token_hex(8), "org": "guest"})
    assert stored.status_code == 201, stored.text
    key = gateway.new_key()["key"]  # of another organisation
    answer = httpx.post(gateway.url + "/v1/chat/completions", timeout=60, headers={"authorization": f"Bearer {key}"},
                        json={"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]})
    assert answer.status_code == 200, answer.text
    openai, = (p for p in gateway.admin.get("/admin/v1/providers").json()["data"] if p["id"] == "openai")
    assert {(c["name"], c["source"], c["org"]) for c in openai["credentials"]} == {
        ("main", "configuration", None), ("main", "stored", "guest")}
    assert gateway.admin.delete(path).status_code == 200


def test_a_stored_provider_key_is_used_at_once_and_never_shown(gateway, sim):
    secret = "sk-canary-" + secrets.token_hex(16)
    made = gateway.admin.put("/admin/v1/providers/openai/credentials/main", json={"key": secret})
    assert made.status_code == 201 and secret not in made.text
    client_key = gateway.new_key()["key"]
    answer = httpx.post(gateway.url + "/v1/chat/completions", timeout=60, headers={"authorization": f"Bearer {client_key}"},
                        json={"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]})
    assert answer.status_code == 200
    shown = gateway.admin.get("/admin/v1/providers").text
    assert '"source":"stored"' in shown and secret not in shown
    assert secret not in gateway.admin.get("/admin/v1/audit", params={"kind": "credential.put"}).text
    data = b"".join(p.read_bytes() for p in gateway.data_dir.iterdir() if p.is_file())
    assert secret.encode() not in data
    assert gateway.admin.delete("/admin/v1/providers/openai/credentials/main").status_code == 200
    assert '"source":"stored"' not in gateway.admin.get("/admin/v1/providers").text
