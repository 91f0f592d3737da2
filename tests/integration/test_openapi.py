"""The OpenAPI document against the running API: what its schemas say is what the strict readers take and give."""
import json
import re
import secrets

import jsonschema
import pytest
from jsonschema import Draft202012Validator

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def spec(gateway):
    return gateway.admin.get("/admin/v1/openapi.json").json()


@pytest.fixture(scope="module")
def names(gateway):
    """Values for every {…} of a path, and for members of bodies that must name something that exists."""
    gateway.create("/admin/v1/orgs", id="spec", name="spec")
    gateway.create("/admin/v1/orgs/spec/teams", id="core", name="core")
    key = gateway.create("/admin/v1/keys", org="spec", team="core", environment="dev", name="k", allowed_models=[])
    for kind, document in (("policies", {}), ("limits", {"concurrency": 9}), ("budgets", {"monthly_usd": "1"})):
        assert gateway.admin.put(f"/admin/v1/{kind}/org/spec", json=document).status_code == 201
    assert gateway.admin.put("/admin/v1/routes/example", json={"targets": ["openai/gpt-4o"]}).status_code == 201
    assert gateway.admin.put("/admin/v1/prices/terms/org/spec", json={"markups": [{"percent": "1"}]}).status_code == 201
    topup = gateway.create("/admin/v1/budgets/org/spec/topups", usd="1.00")["document"]["topups"][0]["id"]
    token = gateway.create("/admin/v1/tokens", name="t", role="viewer")
    record = gateway.records(org="spec", limit=1)[0]["request_id"]
    return {"org": "spec", "team": "core", "key": key["id"], "level": "org", "id": "spec", "version": "1",
            "token": token["id"], "request_id": record, "provider": "openai", "name": "example", "topup": topup}


def operations(spec):
    for path, methods in spec["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def resolved(spec, schema):
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def request_schema(spec, operation):
    body = operation.get("requestBody")
    return resolved(spec, body["content"]["application/json"]["schema"]) if body else None


def example(spec, schema, names):
    """A body with every member the schema has, from its examples."""
    out = {}
    for name, member in schema["properties"].items():
        member = resolved(spec, member)
        if name in ("org", "team", "key") and "examples" not in member:
            out[name] = names[name]
        elif "examples" in member:
            out[name] = member["examples"][0]
    if "id" in out:
        out["id"] = "n" + secrets.token_hex(8)
    return out


def url(path, names):
    return re.sub(r"\{(\w+)\}", lambda m: names[m[1]], path)


def validated(spec, schema, value):
    whole = {**schema, "components": spec["components"]}
    jsonschema.validate(value, whole, cls=Draft202012Validator)


def test_the_document_is_openapi_3_1_with_valid_schemas(spec):
    assert spec["openapi"].startswith("3.1.")
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def objects(spec, schema, value, path=()):
    """(members of the value's path, its schema) for every closed object inside a body."""
    schema = resolved(spec, schema)
    if isinstance(value, dict) and schema.get("additionalProperties") is False:
        yield path, schema
        for name, member in value.items():
            yield from objects(spec, schema["properties"][name], member, (*path, name))
    if isinstance(value, list) and value:
        yield from objects(spec, schema["items"], value[0], (*path, 0))


def with_member(body, path, name):
    changed = json.loads(json.dumps(body))
    inner = changed
    for step in path:
        inner = inner[step]
    inner[name] = 1
    return changed


def test_readers_take_exactly_the_members_of_the_schemas(gateway, spec, names):
    asked = 0
    for method, path, operation in operations(spec):
        schema = request_schema(spec, operation)
        if schema is None:
            continue
        body = example(spec, schema, names)
        for inside, part in objects(spec, schema, body):
            asked += 1
            answer = gateway.admin.request(method, url(path, names), json=with_member(body, inside, "no_such_member"))
            assert answer.status_code == 400 and "no_such_member" in answer.json()["error"]["param"], (path, answer.text)
            told = answer.json()["error"]["message"].rsplit(": ", 1)[1].rstrip(".")
            taken = {t.strip() for t in told.split(",") if t.strip()}
            assert taken == set(part["properties"]), f"{method} {path} {inside}"
        for required in schema.get("required", []):
            less = {k: v for k, v in body.items() if k != required}
            answer = gateway.admin.request(method, url(path, names), json=less)
            assert answer.status_code == 400, (path, required, answer.text)
            assert required in answer.json()["error"]["message"], (path, required, answer.text)
    assert asked >= 20


def test_queries_take_exactly_the_parameters_named(gateway, spec, names):
    for method, path, operation in operations(spec):
        if method != "get" or path.endswith("/openapi.json"):
            continue
        known = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        if known:
            answer = gateway.admin.get(url(path, names), params={"no_such_parameter": "1"})
            assert answer.status_code == 400 and "no_such_parameter" in answer.text, (path, answer.text)
        for name in known:
            answer = gateway.admin.get(url(path, names), params={name: "\x01"})
            assert "is not a query parameter" not in answer.text, (path, name)


# What ends something is asked last.
def test_answers_are_what_the_schemas_say(gateway, spec, names):
    def last(row):
        method, path, _ = row
        return method == "delete" or path.endswith("/revoke"), -path.count("/")
    rows = sorted(operations(spec), key=last)
    assert len(rows) > 40
    for method, path, operation in rows:
        schema = request_schema(spec, operation)
        body = None if schema is None else example(spec, schema, names)
        if body is not None:
            validated(spec, schema, body)
        answer = gateway.admin.request(method, url(path, names), json=body)
        what = f"{method} {path} {body}: {answer.status_code} {answer.text}"
        # A parent was deleted before; there is no break to acknowledge.
        gone = answer.status_code == 404 and (method == "delete" or path.endswith("/acknowledgements"))
        assert answer.status_code in (200, 201) or gone, what
        if not gone:
            try:
                validated(spec, operation["responses"]["2XX"]["content"]["application/json"]["schema"], answer.json())
            except jsonschema.ValidationError as e:
                pytest.fail(f"{what}: {e.message} at {list(e.absolute_path)}")
