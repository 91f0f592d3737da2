"""Claude behind the unmodified OpenAI SDK: the simulator speaks Messages, nobody's client does."""
import base64
import json

import httpx
import openai
import pytest
from harness import ROOT, Gateway, Sim, body

MODEL = "claude-opus-5-5"
OLDER = "claude-haiku-4-5"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 32).decode()


def function(name, **properties):
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": {
        "type": "object", "properties": {k: {"type": v} for k, v in properties.items()}, "required": list(properties)}}}


@pytest.fixture(scope="module")
def sim(certificate):
    """One that bills by the catalogue's prices: its own list is short."""
    sim = Sim(*certificate, "--catalog", str(ROOT / "config/catalog.json"))
    yield sim
    sim.stop()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    provider = {"base_url": sim.base_url(path="/anthropic"), "ca_file": str(certificate[0])}
    gateway = Gateway(tmp_path_factory.mktemp("gw"), {"anthropic": provider}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(gateway):
    return gateway.new_key(models=["anthropic/*"])["key"]


@pytest.fixture(scope="module")
def client(gateway, key):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


def ask(client, text, model=MODEL, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def post(gateway, key, payload):
    return httpx.post(gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}"})


def last_sent(sim):
    """The native request as the provider got it."""
    seen = sim.control.get("/_sim/requests", params={"last": 1}).json()["requests"][-1]
    return seen["body"] if isinstance(seen["body"], dict) else json.loads(seen["body"])


def test_plain(client, sim):
    answer = ask(client, "[[sim:text=hello]]", max_tokens=50)
    assert answer.choices[0].message.content == "hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == MODEL and answer.object == "chat.completion"
    assert last_sent(sim)["max_tokens"] == 50


def test_both_request_shapes_and_the_exact_price(gateway, key, sim):
    sim.reset()
    order = "[[sim:input_tokens=1000,cached=600,cache_write=100,output_tokens=200,reasoning=50]]"
    flat = post(gateway, key, body(order, MODEL, system="You are terse."))
    assert flat.status_code == 200, flat.text
    data = flat.json()
    assert data["content"] == data["choices"][0]["message"]["content"] != "" and data["provider"] == "anthropic"
    usage = data["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (1000, 200)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 600
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 50
    # 300 x 4 + 600 x 0.20 + 100 x 5 + 200 x 20 USD per million
    assert usage["cost_usd"] == 0.00582
    assert sim.ledger()["total_usd"] == pytest.approx(0.00582, abs=1e-12)
    assert last_sent(sim)["system"] == [{"type": "text", "text": "You are terse."}]


def test_stream_with_usage(client):
    chunks = list(ask(client, "[[sim:output_tokens=20]]", stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert len({c.id for c in chunks}) == 1
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 20
    assert chunks[-1].usage.model_extra["cost_usd"] > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_loop_of_parallel_tools_keeps_its_thinking(client, sim, stream):
    tools = [function("weather", city="string"), function("clock")]
    asked = [{"role": "user", "content": "[[sim:tool=weather+clock,reasoning=30]]"}]
    if stream:
        with client.chat.completions.stream(model=MODEL, messages=asked, tools=tools) as events:
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(model=MODEL, messages=asked, tools=tools)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls
    assert [c.function.name for c in calls] == ["weather", "clock"]
    assert all(isinstance(json.loads(c.function.arguments), dict) for c in calls)
    # What a client sends back that knows nothing of thinking.
    turn = {"role": "assistant", "content": choice.message.content, "tool_calls": [
        {"id": c.id, "type": "function", "function": {"name": c.function.name, "arguments": c.function.arguments}}
        for c in calls]}
    results = [{"role": "tool", "tool_call_id": c.id, "content": "42"} for c in reversed(calls)]
    answer = client.chat.completions.create(model=MODEL, messages=[*asked, turn, *results], tools=tools)
    assert answer.choices[0].finish_reason == "stop"
    sent = last_sent(sim)["messages"]
    assert [b["type"] for b in sent[1]["content"]] == ["thinking", "tool_use", "tool_use"]
    assert sent[1]["content"][0]["signature"]
    assert [b["tool_use_id"] for b in sent[2]["content"]] == [c.id for c in calls]


def test_another_keys_thinking_is_not_ours(gateway, client, sim):
    tools = [function("weather", city="string")]
    asked = [{"role": "user", "content": "[[sim:tool=weather,reasoning=30]]"}]
    message = client.chat.completions.create(model=MODEL, messages=asked, tools=tools).choices[0].message
    call = message.tool_calls[0]
    turn = {"role": "assistant", "content": None, "tool_calls": [{"id": call.id, "type": "function", "function": {
        "name": "weather", "arguments": call.function.arguments}}]}
    stranger = gateway.new_key(models=["anthropic/*"])["key"]
    answer = post(gateway, stranger, {"model": MODEL, "tools": tools, "messages": [
        *asked, turn, {"role": "tool", "tool_call_id": call.id, "content": "42"}]})
    assert answer.status_code == 200
    assert [b["type"] for b in last_sent(sim)["messages"][1]["content"]] == ["tool_use"]


def test_image(client, sim):
    parts = [{"type": "text", "text": "[[sim:text=a picture]]"},
             {"type": "image_url", "image_url": {"url": "data:image/jpg;base64," + PNG}}]
    answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == "a picture"
    assert last_sent(sim)["messages"][0]["content"][1]["source"]["media_type"] == "image/png"


def test_json_schema(client):
    schema = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}, "required": ["name"]}
    answer = ask(client, "Who?", response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}})
    assert set(json.loads(answer.choices[0].message.content)) == {"name"}


def test_reasoning(client, sim):
    answer = ask(client, "[[sim:reasoning=40,output_tokens=60]]", model=OLDER, reasoning_effort="low", max_tokens=4000)
    assert answer.choices[0].message.model_extra["reasoning_content"]
    assert answer.usage.completion_tokens_details.reasoning_tokens == 40
    assert last_sent(sim)["thinking"] == {"type": "enabled", "budget_tokens": 2048}


def test_what_the_model_cannot_do_is_said_and_nothing_is_sent(gateway, client, sim):
    for more, param in (({"n": 2}, "n"), ({"logit_bias": {"1": 2}}, "logit_bias"),
                        ({"response_format": {"type": "grammar"}}, "response_format.type")):
        with gateway.books(sim, records=1, upstream=0), pytest.raises(openai.BadRequestError) as refused:
            ask(client, "x", **more)
        assert refused.value.code == "unsupported_parameter" and refused.value.param == param


def test_what_is_dropped_is_in_the_record(gateway, key):
    answer = post(gateway, key, body("x", MODEL, seed=7))
    assert answer.status_code == 200
    assert gateway.record(answer.headers["x-request-id"])["dropped_parameters"] == ["seed"]


@pytest.mark.parametrize("fault, error, code", [
    ("sim-429", openai.RateLimitError, "rate_limit_exceeded"),
    ("sim-401", openai.InternalServerError, "provider_auth_failed"),
    ("sim-529", openai.InternalServerError, "provider_unavailable"),
    ("sim-context-length", openai.BadRequestError, "context_length_exceeded"),
])
def test_failures_are_the_contracts(client, fault, error, code):
    with pytest.raises(error) as failed:
        ask(client, "x", model=f"anthropic/{fault}")
    assert failed.value.code == code


def test_a_cut_stream_is_no_answer(client):
    with pytest.raises((openai.APIError, httpx.RemoteProtocolError)):
        for chunk in ask(client, "[[sim:output_tokens=200,fault=cut-stream-50]]", stream=True):
            assert not (chunk.choices and chunk.choices[0].finish_reason)
