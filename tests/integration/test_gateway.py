"""What users of the OpenAI SDK and of plain HTTP see; errors, headers, records."""
import base64
import struct

import httpx
import openai
import pytest
from harness import MODEL, body

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]


def ask(client, text="Say hello.", model=MODEL, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def post(gateway, key, payload, path="/v1/chat/completions", **headers):
    return httpx.post(gateway.url + path, json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}", **headers})


# -- answers -----------------------------------------------------------------------------------------------------------

def test_plain_answer(client):
    answer = ask(client, "[[sim:text=hello]]")
    assert answer.choices[0].message.content == "hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_flat_fields_stand_in_the_same_body(gateway, key, sim):
    sim.reset()
    answer = post(gateway, key, body("[[sim:input_tokens=1000,output_tokens=200]]"))
    data = answer.json()
    assert data["content"] == data["choices"][0]["message"]["content"] != ""
    assert data["provider"] == "openai"
    assert (data["usage"]["input_tokens"], data["usage"]["output_tokens"]) == (1000, 200)
    assert data["usage"]["cost_usd"] == 0.0045  # 1000 x 2.50 + 200 x 10.00 USD per million
    assert sim.ledger()["total_usd"] == pytest.approx(0.0045, abs=1e-12)


def test_normalized_mode_puts_system_first(gateway, key, sim):
    answer = post(gateway, key, body("[[sim:text=ok]]", system="You are terse."))
    assert answer.status_code == 200 and answer.json()["content"] == "ok"
    sent = sim.control.get("/_sim/requests", params={"last": 1}).text
    assert "You are terse." in sent and '\\"system\\":' not in sent


def test_response_headers(gateway, key):
    answer = post(gateway, key, body("[[sim:input_tokens=1000,output_tokens=200]]"), **{"x-request-id": "mine-1"})
    headers = answer.headers
    assert headers["x-request-id"][14] == "7" and len(headers["x-request-id"]) == 36  # UUIDv7, ours
    assert headers["x-tsg-provider"] == "openai"
    assert headers["x-tsg-model"].startswith("gpt-4o")
    assert headers["x-tsg-attempts"] == "1"
    assert float(headers["x-tsg-cost-usd"]) == 0.0045


def test_x_api_key_is_as_good_and_two_different_keys_are_none(gateway, key):
    both = {"x-api-key": key}
    assert httpx.post(gateway.url + "/v1/chat/completions", json=body(), headers=both, timeout=60).status_code == 200
    answer = httpx.post(gateway.url + "/v1/chat/completions", json=body(), timeout=60,
                        headers={**both, "authorization": "Bearer tsg-other"})
    assert answer.status_code == 401


@pytest.mark.parametrize("include_usage", [True, False])
def test_stream(client, include_usage):
    options = {"stream_options": {"include_usage": True}} if include_usage else {}
    chunks = list(ask(client, "[[sim:output_tokens=20]]", stream=True, **options))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    with_usage = [c for c in chunks if c.usage]
    if include_usage:
        assert len(with_usage) == 1 and chunks[-1] is with_usage[0] and chunks[-1].choices == []
        assert chunks[-1].usage.completion_tokens == 20
        assert chunks[-1].usage.model_extra["cost_usd"] > 0
        assert chunks[-1].model_extra["provider"] == "openai"
    else:
        assert with_usage == []


def test_stream_ends_with_done_and_bills_without_being_asked_for_usage(gateway, key):
    answer = post(gateway, key, body("[[sim:output_tokens=20]]", stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")
    record = gateway.record(answer.headers["x-request-id"])
    assert record["complete"] is True and record["stream"] is True
    assert record["usage"]["output"] == 20


def test_tools(client):
    message = ask(client, "[[sim:tool=weather]]", tools=TOOLS).choices[0].message
    assert message.tool_calls[0].function.name == "weather"
    done = client.chat.completions.create(model=MODEL, tools=TOOLS, messages=[
        {"role": "user", "content": "Weather?"}, message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"}])
    assert done.choices[0].finish_reason == "stop"


def test_tools_in_a_stream(client):
    chunks = list(ask(client, "[[sim:tool=weather]]", tools=TOOLS, stream=True))
    calls = [t for c in chunks if c.choices for t in c.choices[0].delta.tool_calls or []]
    assert calls[0].function.name == "weather" and calls[0].id
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"


def test_embeddings(client, gateway, key):
    floats = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"], encoding_format="float")
    assert len(floats.data) == 2 and isinstance(floats.data[0].embedding[0], float)
    answer = post(gateway, key, {"model": "text-embedding-3-small", "input": "a", "encoding_format": "base64"},
                  path="/v1/embeddings").json()
    packed = base64.b64decode(answer["data"][0]["embedding"])
    assert struct.unpack(f"<{len(packed) // 4}f", packed) == pytest.approx(floats.data[0].embedding, rel=1e-5)
    assert answer["usage"]["input_tokens"] > 0 and answer["usage"]["cost_usd"] > 0


def test_models_are_those_of_the_key(gateway, client):
    names = {m.id for m in client.models.list()}
    assert MODEL in names and "text-embedding-3-small" in names
    assert client.models.retrieve(MODEL).id == MODEL
    assert client.models.retrieve(f"openai/{MODEL}").id == MODEL  # the SDK sends the slash as %2F
    narrow = gateway.new_key(models=["gpt-4o"])["key"]
    data = httpx.get(gateway.url + "/v1/models", headers={"authorization": f"Bearer {narrow}"}).json()
    assert {m["id"] for m in data["data"]} == {"gpt-4o"}


def test_own_usage(gateway):
    key = gateway.new_key()
    post(gateway, key["key"], body("[[sim:input_tokens=1000,output_tokens=200]]"))
    usage = httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {key['key']}"}).json()
    assert (usage["key_id"], usage["requests"], usage["output_tokens"]) == (key["id"], 1, 200)
    assert float(usage["cost_usd"]) == 0.0045


def test_health(gateway):
    for path in ("/healthz", "/readyz"):
        assert httpx.get(gateway.url + path).status_code == 200


# -- errors ------------------------------------------------------------------------------------------------------------

def refused(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def test_unknown_key(gateway):
    bad = openai.OpenAI(base_url=gateway.url + "/v1", api_key="tsg-" + "a" * 38, max_retries=0)
    assert refused(openai.AuthenticationError, lambda: ask(bad)).code == "invalid_api_key"


def test_model_not_allowed(gateway):
    key = gateway.new_key(models=["gpt-4o-mini"])["key"]
    narrow = openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0)
    assert refused(openai.PermissionDeniedError, lambda: ask(narrow)).code == "model_not_allowed"


def test_unknown_model(client):
    assert refused(openai.NotFoundError, lambda: ask(client, model="no-such-model")).code == "model_not_found"


def test_wrong_type(client):
    error = refused(openai.BadRequestError, lambda: ask(client, temperature="hot"))
    assert error.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"model":"gpt-4o","model":"x","messages":[]}', b""])
def test_malformed_json(gateway, key, payload):
    answer = httpx.post(gateway.url + "/v1/chat/completions", content=payload,
                        headers={"authorization": f"Bearer {key}", "content-type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "invalid_request_error"


def test_unknown_path_and_method(gateway, key):
    assert post(gateway, key, {}, path="/v1/nothing").json()["error"]["code"] == "not_found"
    answer = httpx.get(gateway.url + "/v1/chat/completions", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 405 and "POST" in answer.headers["allow"]


@pytest.mark.parametrize("fault, kind, code", [
    ("429", openai.RateLimitError, "rate_limit_exceeded"),
    ("context-length", openai.BadRequestError, "context_length_exceeded"),
    ("401", openai.InternalServerError, "provider_auth_failed"),
    ("quota", openai.InternalServerError, "provider_quota_exhausted"),
    ("500", openai.InternalServerError, "provider_unavailable"),
    ("503", openai.InternalServerError, "provider_unavailable"),
    ("html-502", openai.InternalServerError, "provider_unavailable"),
    ("reset", openai.InternalServerError, "provider_unavailable"),
    ("malformed", openai.InternalServerError, "provider_unavailable"),
    ("error-200", openai.InternalServerError, "provider_unavailable"),
])
def test_faults_of_the_provider(client, gateway, fault, kind, code):
    error = refused(kind, lambda: ask(client, f"[[sim:fault={fault}]] {fault}"))
    assert error.code == code
    record = gateway.record(error.response.headers["x-request-id"])
    assert (record["status"], record["code"]) == (error.status_code, code)


@pytest.mark.parametrize("instance", ["wrong-host", "unknown-ca"])
def test_a_provider_that_cannot_be_trusted_is_not_spoken_to(client, sim, instance):
    before = sim.upstream_requests()
    error = refused(openai.InternalServerError, lambda: ask(client, model=f"{instance}/gpt-4o"))
    assert error.code == "provider_unavailable"
    assert sim.upstream_requests() == before


# -- keys and records --------------------------------------------------------------------------------------------------

def test_a_revoked_key_fails_on_the_very_next_request(gateway):
    key = gateway.new_key()
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {key['key']}"}, timeout=60) as http:
        assert http.post("/v1/chat/completions", json=body()).status_code == 200
        assert gateway.admin.post(f"/admin/v1/keys/{key['id']}/revoke").status_code == 200
        answer = http.post("/v1/chat/completions", json=body())  # the same connection
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "invalid_api_key"


def test_every_answer_has_a_record(gateway, key):
    answer = post(gateway, key, body("[[sim:input_tokens=1000,output_tokens=200]]"))
    record = gateway.record(answer.headers["x-request-id"])
    assert (record["org"], record["team"], record["environment"]) == ("acme", "web", "test")
    assert (record["model_requested"], record["provider"], record["verdict"]) == (MODEL, "openai", "allow")
    assert record["status"] == 200 and record["complete"] is True
    assert float(record["cost_usd"]) == 0.0045
    listed = gateway.records(request_id=answer.headers["x-request-id"])
    assert [r["seq"] for r in listed] == [record["seq"]]


def test_refusals_have_records(gateway):
    key = gateway.new_key(models=["gpt-4o-mini"])
    answer = post(gateway, key["key"], body())
    record = gateway.record(answer.headers["x-request-id"])
    assert (record["status"], record["verdict"], record["key_id"]) == (403, "deny", key["id"])


def test_the_log_verifies_while_the_gateway_runs(gateway, key):
    post(gateway, key, body())
    code, text = gateway.verify()
    assert code == 0, text


def test_metrics(gateway, key):
    post(gateway, key, body())
    text = gateway.admin.get("/metrics").text
    assert "tsg_" in text and "# TYPE" in text


def test_admin_needs_its_token(gateway):
    answer = httpx.get(f"http://127.0.0.1:{gateway.admin_port}/admin/v1/orgs")
    assert answer.status_code == 401
