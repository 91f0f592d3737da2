"""A gateway with the simulator's other dialects behind it, and the questions that every one of them is asked."""
import contextlib

import json

import httpx
import openai
import pytest
from harness import ROOT, Gateway, Sim

TOOLS = [{"type": "function", "function": {"name": name, "description": "d", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
    for name in ("weather", "time")]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}}}
PIXEL = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
         "rkJggg==")


@contextlib.contextmanager
def catalogue_sim(certificate):
    """A simulator that bills by the catalogue's prices: its own list is short."""
    sim = Sim(*certificate, "--catalog", str(ROOT / "config/catalog.json"))
    try:
        yield sim
    finally:
        sim.stop()


@contextlib.contextmanager
def vendor_gateway(folder, sim, certificate, name, path, **provider):
    base = f"https://localhost:{sim.port}{path}"
    gateway = Gateway(folder, {name: {"base_url": base, "ca_file": str(certificate[0]), **provider}}).start()
    gateway.seed()
    try:
        yield gateway
        assert gateway.stop() == 0, gateway.log()
        code, text = gateway.verify()
        assert code == 0, text
    finally:
        if gateway.process.running():
            gateway.process.stop()


def sdk(gateway, name):
    key = gateway.new_key(models=["*", f"{name}/*"])["key"]
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60)


def ask(client, model, text="Say hello.", **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def sent(sim):
    """The last request at the provider, as text."""
    return sim.control.get("/_sim/requests", params={"last": 1}).text


def nano(usd):
    return round(usd * 1e9)


class Vendor:
    """Subclass with `model`, and fixtures `client` and `sim`; `tools` where the vendor has them."""

    model = ""

    def test_plain_answer_with_the_bill(self, client, sim):
        sim.reset()
        answer = ask(client, self.model, "[[sim:input_tokens=1000,output_tokens=200,text=hello]]")
        assert answer.choices[0].message.content == "hello"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.model_extra["content"] == "hello"
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
        assert nano(answer.usage.model_extra["cost_usd"]) == nano(sim.ledger()["total_usd"])

    def test_normalized_mode(self, client, sim):
        answer = ask(client, self.model, "[[sim:text=ok]]", extra_body={"system": "You are terse."})
        assert answer.choices[0].message.content == "ok"
        assert "You are terse." in sent(sim)

    def test_stream_with_the_bill(self, client, sim):
        sim.reset()
        chunks = list(ask(client, self.model, "[[sim:output_tokens=20]]", stream=True,
                          stream_options={"include_usage": True}))
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
        assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 20
        assert nano(chunks[-1].usage.model_extra["cost_usd"]) == nano(sim.ledger()["total_usd"])

    def test_stream_with_the_accumulator(self, client):
        with client.chat.completions.stream(
                model=self.model, messages=[{"role": "user", "content": "[[sim:output_tokens=20]]"}]) as stream:
            for _ in stream:
                pass
            assert stream.get_final_completion().choices[0].finish_reason == "stop"

    def test_json_schema(self, client):
        answer = ask(client, self.model, response_format=SCHEMA)
        assert "city" in json.loads(answer.choices[0].message.content)

    def test_image(self, client, sim):
        parts = [{"type": "text", "text": "[[sim:text=seen]]"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
        answer = client.chat.completions.create(model=self.model, messages=[{"role": "user", "content": parts}])
        assert answer.choices[0].message.content == "seen"
        assert PIXEL in sent(sim)

    def test_a_cut_stream_is_an_error(self, client):
        with pytest.raises((openai.APIError, httpx.HTTPError)):
            for _ in ask(client, self.model, "[[sim:output_tokens=40,fault=cut-stream-2]]", stream=True):
                pass


class WithTools:
    def test_tools_there_and_back(self, client):
        message = ask(client, self.model, "[[sim:tool=weather]]", tools=TOOLS).choices[0].message
        assert message.tool_calls[0].function.name == "weather"
        done = client.chat.completions.create(model=self.model, tools=TOOLS, messages=[
            {"role": "user", "content": "Weather?"}, message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"}])
        assert done.choices[0].finish_reason == "stop"

    def test_parallel_tools_in_a_stream(self, client):
        chunks = list(ask(client, self.model, "[[sim:tool=weather+time]]", tools=TOOLS, stream=True))
        calls = [t for c in chunks if c.choices for t in c.choices[0].delta.tool_calls or []]
        named = [t for t in calls if t.id]
        assert [t.function.name for t in named] == ["weather", "time"]
        assert len({t.id for t in named}) == 2
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"
