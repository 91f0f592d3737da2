"""One gateway, five providers, one script: the model's name is the only change."""
import json
import os
import subprocess

import httpx
import openai
import pytest
from harness import Gateway, body
from test_node import CLIENTS, node  # noqa: F401, the fixture
from vendors import PIXEL, SCHEMA, TOOLS, ask, catalogue_sim, sent

MODELS = {"openai": "gpt-5.6-sol", "anthropic": "claude-opus-5", "gemini": "gemini-3.8-flash", "xai": "grok-4.5",
          "perplexity": "perplexity/sonar"}
PATHS = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini", "xai": "/xai/v1", "perplexity": "/perplexity"}


@pytest.fixture(scope="module")
def five(tmp_path_factory, certificate):
    with catalogue_sim(certificate) as sim:
        providers = {name: {"base_url": f"https://localhost:{sim.port}{path}", "ca_file": str(certificate[0])}
                     for name, path in PATHS.items()}
        gateway = Gateway(tmp_path_factory.mktemp("five"), providers).start()
        gateway.seed()
        yield gateway, sim, gateway.new_key(models=["*", "*/*"])["key"]
        assert gateway.stop() == 0, gateway.log()
        code, text = gateway.verify()
        assert code == 0, text


@pytest.fixture
def client(five):
    return openai.OpenAI(base_url=five[0].url + "/v1", api_key=five[2], max_retries=0, timeout=60)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("fault", ["usage-negative", "usage-huge"])
@pytest.mark.parametrize("provider", MODELS)
def test_usage_that_cannot_be_is_estimated_with_an_alert_whoever_says_it(five, provider, fault, stream):
    gateway, _, key = five
    answer = httpx.post(gateway.url + "/v1/chat/completions", timeout=60, headers={"authorization": f"Bearer {key}"},
                        json=body(f"[[sim:output_tokens=20,fault={fault}]]", MODELS[provider], max_tokens=50,
                                  stream=stream))
    assert answer.status_code == 200, answer.text
    request_id = answer.headers["x-request-id"]
    record = gateway.record(request_id)
    assert record["estimated"] is True and float(record["cost_usd"]) > 0
    assert [r["kind"] for r in gateway.records(request_id=request_id)].count("usage_invalid") == 1


@pytest.mark.parametrize("provider", MODELS)
def test_the_same_script(client, five, provider):
    model, sim = MODELS[provider], five[1]
    sim.reset()
    answer = ask(client, model, "[[sim:text=hello,input_tokens=500,output_tokens=60]]")
    assert (answer.choices[0].message.content, answer.model_extra["provider"]) == ("hello", provider)
    assert answer.usage.model_extra["cost_usd"] == pytest.approx(sim.ledger()["total_usd"], abs=1e-12)
    assert ask(client, model, "[[sim:text=ok]]", extra_body={"system": "Be brief."}).model_extra["content"] == "ok"
    chunks = list(ask(client, model, "[[sim:output_tokens=20]]", stream=True, stream_options={"include_usage": True}))
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens >= 20

    message = ask(client, model, "[[sim:tool=weather+time]]", tools=TOOLS).choices[0].message
    assert [c.function.name for c in message.tool_calls] == ["weather", "time"]
    results = [{"role": "tool", "tool_call_id": c.id, "content": "fine"} for c in message.tool_calls]
    done = client.chat.completions.create(model=model, tools=TOOLS, messages=[
        {"role": "user", "content": "Weather?"}, message.model_dump(exclude_none=True), *results])
    assert done.choices[0].finish_reason == "stop"

    image = [{"type": "text", "text": "[[sim:text=seen]]"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    assert ask(client, model, image).choices[0].message.content == "seen"
    assert "city" in json.loads(ask(client, model, "Which?", response_format=SCHEMA).choices[0].message.content)
    assert ask(client, model, "[[sim:text=thought,reasoning=10]]", reasoning_effort="low").choices[0].message.content == "thought"
    for fault, error in {"429": openai.RateLimitError, "context-length": openai.BadRequestError,
                         "500": openai.InternalServerError}.items():
        with pytest.raises(error):
            ask(client, model, f"[[sim:fault={fault}]]")


@pytest.mark.parametrize("provider", MODELS)
def test_who_knows_functions_only_is_answered_with_one(client, provider):
    functions = [tool["function"] for tool in TOOLS]
    model = "gpt-5.3-codex" if provider == "openai" else MODELS[provider]  # on chat it is OpenAI's own answer
    choice = ask(client, model, "[[sim:tool=weather]]", functions=functions).choices[0]
    assert (choice.finish_reason, choice.message.tool_calls) == ("function_call", None)
    assert choice.message.function_call.name == "weather"
    assert isinstance(json.loads(choice.message.function_call.arguments), dict)
    chunks = [c.choices[0] for c in ask(client, model, "[[sim:tool=weather]]", functions=functions, stream=True) if c.choices]
    calls = [c.delta.function_call for c in chunks if c.delta.function_call]
    assert [c.name for c in calls if c.name] == ["weather"]
    assert isinstance(json.loads("".join(c.arguments or "" for c in calls)), dict)
    assert [c.finish_reason for c in chunks if c.finish_reason] == ["function_call"]


@pytest.mark.parametrize("provider", MODELS)
def test_a_broken_image_is_named_and_nothing_is_sent(client, five, provider):
    gateway, sim, _ = five
    parts = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": PIXEL[:-1]}}]
    with gateway.books(sim, records=1, upstream=0), pytest.raises(openai.BadRequestError) as refused:
        ask(client, MODELS[provider], parts)
    assert refused.value.param == "messages[0].content[1].image_url.url"


@pytest.mark.parametrize("provider", ["xai", "perplexity"])
def test_a_limit_that_the_provider_would_raise_is_refused(client, five, provider):
    gateway, sim, _ = five
    with gateway.books(sim, records=1, upstream=0), pytest.raises(openai.BadRequestError) as refused:
        ask(client, MODELS[provider], max_tokens=5)
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "max_tokens")
    assert "16" in refused.value.message


def test_a_model_that_searches_is_used_under_a_budget(five):
    gateway, sim, _ = five
    key = gateway.new_key(models=["*", "*/*"], monthly_budget_usd="1")["key"]
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60)
    sim.reset()
    answer = ask(client, "perplexity/sonar", "[[sim:searches=2,output_tokens=30]]")
    assert answer.usage.model_extra["cost_usd"] == pytest.approx(sim.ledger()["total_usd"], abs=1e-12)
    assert '\\"max_tool_calls\\":3' in sent(sim)


def test_the_same_script_for_node(node, five):  # noqa: F811
    gateway, _, key = five
    done = subprocess.run([node, "--test", "five.test.mjs"], cwd=CLIENTS, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "OPENAI_BASE_URL": gateway.url + "/v1", "OPENAI_API_KEY": key,
                               "MODELS": ",".join(MODELS.values())})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
