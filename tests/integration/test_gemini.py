"""Gemini through the unmodified OpenAI SDK: swapping the model's name is all that a client does."""
import base64
import json
import struct

import httpx
import openai
import pytest
from harness import ROOT, Gateway, Sim, body
from money import ledger, nano

MODEL = "gemini-3.8-flash"
TOOLS = [{"type": "function", "function": {"name": name, "description": "d", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}} for name in ("weather", "time")]
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    base = sim.base_url().removesuffix("/openai/v1") + "/gemini"
    gateway = Gateway(tmp_path_factory.mktemp("gw"),
                      {"gemini": {"base_url": base, "ca_file": str(certificate[0])}}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(gateway):
    return gateway.new_key(models=["gemini*", "gemini/*"])["key"]


@pytest.fixture(scope="module")
def client(gateway, key):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


def ask(client, content="Say hello.", model=MODEL, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}], **more)


def post(gateway, key, payload, path="/v1/chat/completions"):
    return httpx.post(gateway.url + path, json=payload, timeout=60, headers={"authorization": f"Bearer {key}"})


def last_request(sim):
    """The body that the provider got last."""
    request = sim.control.get("/_sim/requests", params={"last": 1}).json()["requests"][-1]
    return request, json.loads(request["body"])


def test_plain_answer_in_both_shapes(gateway, key, client, sim):
    sim.reset()
    answer = ask(client, "[[sim:text=hello,input_tokens=1000,output_tokens=200,reasoning=50,cached=100]]")
    assert answer.choices[0].message.content == "hello" and answer.choices[0].finish_reason == "stop"
    assert answer.usage.prompt_tokens == 1000 and answer.usage.completion_tokens == 200
    assert answer.usage.completion_tokens_details.reasoning_tokens == 50
    assert answer.usage.prompt_tokens_details.cached_tokens == 100
    assert answer.usage.model_extra["cost_usd"] == pytest.approx(sim.ledger()["total_usd"], abs=1e-12)
    flat = post(gateway, key, body("[[sim:text=ok]]", model=MODEL, system="You are terse.")).json()
    assert (flat["content"], flat["provider"], flat["model"]) == ("ok", "gemini", MODEL)
    _, sent = last_request(sim)
    assert sent["systemInstruction"] == {"parts": [{"text": "You are terse."}]} and sent["store"] is False


def test_the_key_travels_in_a_header_only(gateway, key, client, sim):
    ask(client)
    request, sent = last_request(sim)
    assert gateway.provider_key not in json.dumps(sent) and gateway.provider_key not in request["path"]


@pytest.mark.parametrize("include_usage", [True, False])
def test_stream(client, include_usage):
    options = {"stream_options": {"include_usage": True}} if include_usage else {}
    chunks = list(ask(client, "[[sim:output_tokens=20]]", stream=True, **options))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    with_usage = [c for c in chunks if c.usage]
    assert len(with_usage) == (1 if include_usage else 0)
    if include_usage:
        assert chunks[-1].usage.completion_tokens == 20 and chunks[-1].model_extra["provider"] == "gemini"


@pytest.mark.parametrize("stream", [False, True])
def test_parallel_tools_and_the_way_back(client, sim, stream):
    order = "[[sim:tool=weather+time]]"
    if stream:
        calls = [t for c in ask(client, order, tools=TOOLS, stream=True) if c.choices for t in c.choices[0].delta.tool_calls or []]
        assert [c.index for c in calls] == [0, 1]
    else:
        answer = ask(client, order, tools=TOOLS)
        assert answer.choices[0].finish_reason == "tool_calls"
        calls = answer.choices[0].message.tool_calls
    assert {c.function.name for c in calls} == {"weather", "time"} and len({c.id for c in calls}) == 2
    # A strict client sends back what it knows: no extra_content.
    sent_back = [{"id": c.id, "type": "function", "function": {"name": c.function.name, "arguments": c.function.arguments}}
                 for c in calls]
    done = client.chat.completions.create(model=MODEL, tools=TOOLS, messages=[
        {"role": "user", "content": "Weather and time?"}, {"role": "assistant", "tool_calls": sent_back},
        {"role": "tool", "tool_call_id": calls[1].id, "content": "noon"},
        {"role": "tool", "tool_call_id": calls[0].id, "content": '{"sky":"blue"}'}])
    assert done.choices[0].finish_reason == "stop"
    _, sent = last_request(sim)
    model, results = sent["contents"][1:3]
    assert model["parts"][0]["thoughtSignature"] != "skip_thought_signature_validator"  # remembered for the client
    assert "thoughtSignature" not in model["parts"][1]
    assert [p["functionResponse"]["response"] for p in results["parts"]] == [{"sky": "blue"}, {"output": "noon"}]


def test_image(client, sim):
    answer = ask(client, [{"type": "text", "text": "What is it? [[sim:text=a pixel]]"},
                          {"type": "image_url", "image_url": {"url": PNG}}])
    assert answer.choices[0].message.content == "a pixel"
    _, sent = last_request(sim)
    assert sent["contents"][0]["parts"][1]["inlineData"]["mimeType"] == "image/png"


def test_json_schema(client):
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
              "required": ["name", "age"], "additionalProperties": False}
    answer = ask(client, "A person.", response_format={"type": "json_schema", "json_schema": {
        "name": "person", "schema": schema, "strict": True}})
    assert set(json.loads(answer.choices[0].message.content)) == {"name", "age"}


def test_reasoning(client, sim):
    answer = ask(client, "[[sim:reasoning=30,output_tokens=40]]", reasoning_effort="high")
    assert answer.usage.completion_tokens_details.reasoning_tokens == 30
    assert answer.choices[0].message.model_extra["reasoning_content"]
    _, sent = last_request(sim)
    assert sent["generationConfig"]["thinkingConfig"] == {"thinkingLevel": "high", "includeThoughts": True}


@pytest.fixture(scope="module")
def billed(tmp_path_factory, certificate):
    """A provider that charges what the catalogue says, fees for searches included; its gateway; a key."""
    sim = Sim(*certificate, "--catalog", str(ROOT / "config/catalog.json"))
    base = sim.base_url().removesuffix("/openai/v1") + "/gemini"
    gateway = Gateway(tmp_path_factory.mktemp("gw"),
                      {"gemini": {"base_url": base, "ca_file": str(certificate[0])}}).start()
    gateway.seed()
    yield sim, gateway, gateway.new_key(models=["gemini*"])["key"]
    assert gateway.stop() == 0, gateway.log()
    sim.stop()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model, fees", [(MODEL, 3), ("gemini-2.5-flash", 1)])  # by query; by prompt
def test_searches_are_billed_as_the_provider_bills_them(billed, model, fees, stream):
    sim, gateway, key = billed
    sim.reset()
    payload = body("[[sim:input_tokens=1000,output_tokens=200,searches=3]]", model=model, web_search_options={}, stream=stream,
                   **({"stream_options": {"include_usage": True}} if stream else {}))
    answer = post(gateway, key, payload)
    assert answer.status_code == 200, answer.text
    if stream:
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
        cost = next(e for e in events if e.get("usage"))["usage"]["cost_usd"]
        notes = [a for e in events for c in e["choices"] for a in c["delta"].get("annotations") or []]
    else:
        cost = answer.json()["usage"]["cost_usd"]
        notes = answer.json()["choices"][0]["message"]["annotations"]
    assert [n["url_citation"]["url"] for n in notes] == ["https://example.com/0"]
    booked = ledger(gateway)[-1]["cost"]
    assert booked == nano(sim.ledger()["total_usd"]) == nano(cost)
    entry = next(m for m in json.loads((ROOT / "config/catalog.json").read_text())["models"] if m["id"] == model)
    parts = gateway.record(answer.headers["x-request-id"])["cost_parts"]
    assert nano(parts["web_search"]) * 1000 == fees * nano(entry["fees_per_1k"]["web_search"])


def test_embeddings(client, gateway, key):
    floats = client.embeddings.create(model="gemini-embedding-001", input=["a", "b"], dimensions=8, encoding_format="float")
    assert [len(d.embedding) for d in floats.data] == [8, 8]
    one = client.embeddings.create(model="gemini-embedding-001", input="a", dimensions=8)  # the SDK asks for base64
    assert one.data[0].embedding == pytest.approx(floats.data[0].embedding, rel=1e-5)
    answer = post(gateway, key, {"model": "gemini-embedding-001", "input": "a", "dimensions": 8, "encoding_format": "base64"},
                  path="/v1/embeddings").json()
    assert len(struct.unpack("<8f", base64.b64decode(answer["data"][0]["embedding"]))) == 8
    assert answer["usage"]["input_tokens"] > 0 and answer["usage"]["cost_usd"] > 0


def test_what_the_model_cannot_honour_is_refused_by_name(client, gateway, key):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, n=2)
    assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "n")
    answer = post(gateway, key, body(model=MODEL, store=True, user="u"))
    record = gateway.record(answer.headers["x-request-id"])
    assert set(record["dropped_parameters"]) == {"store", "user"}


@pytest.mark.parametrize("fault, kind, code", [
    ("429", openai.RateLimitError, "rate_limit_exceeded"),
    ("context-length", openai.BadRequestError, "context_length_exceeded"),
    ("401", openai.InternalServerError, "provider_auth_failed"),
    ("quota", openai.InternalServerError, "provider_quota_exhausted"),
    ("500", openai.InternalServerError, "provider_unavailable"),
    ("503", openai.InternalServerError, "provider_unavailable"),
    ("html-502", openai.InternalServerError, "provider_unavailable"),
    ("malformed", openai.InternalServerError, "provider_unavailable"),
    ("error-200", openai.InternalServerError, "provider_unavailable"),
])
def test_faults(client, fault, kind, code):
    with pytest.raises(kind) as caught:
        ask(client, f"[[sim:fault={fault}]] {fault}")
    assert caught.value.code == code


@pytest.mark.parametrize("fault", ["cut-stream", "no-terminator", "error-event"])
def test_a_broken_stream_is_never_a_whole_one(gateway, key, fault):
    payload = body(f"[[sim:output_tokens=50,fault={fault}]]", model=MODEL, stream=True)
    text = ""
    with httpx.stream("POST", gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}"}) as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            for piece in answer.iter_text():
                text += piece
    assert 'data: {"error":' in text
    assert "[DONE]" not in text and '"finish_reason":"' not in text
