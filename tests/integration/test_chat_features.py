"""Every feature of OpenAI's chat reference through the unmodified SDK: it reaches the provider as it was written, and
the answer comes back whole."""
import base64
import json

import openai
import pydantic
import pytest
from harness import MODEL

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SILENCE = base64.b64encode(bytes(64)).decode()
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}} for name in ("weather", "time")]


def ask(client, content="Say hello.", model=MODEL, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}], **more)


def sent(sim):
    """What the provider was sent last."""
    return json.loads(sim.control.get("/_sim/requests", params={"last": 1}).json()["requests"][0]["body"])


def test_parallel_tool_calls(client, sim):
    message = ask(client, "[[sim:tool=weather+time]]", tools=TOOLS, parallel_tool_calls=True,
                  tool_choice="auto").choices[0].message
    assert [c.function.name for c in message.tool_calls] == ["weather", "time"]
    assert len({c.id for c in message.tool_calls}) == 2
    assert all("city" in json.loads(c.function.arguments) for c in message.tool_calls)
    results = [{"role": "tool", "tool_call_id": c.id, "content": "fine"} for c in message.tool_calls]
    done = client.chat.completions.create(model=MODEL, tools=TOOLS, messages=[
        {"role": "user", "content": "Weather and time?"}, message.model_dump(exclude_none=True), *results])
    assert done.choices[0].finish_reason == "stop"
    assert [m["role"] for m in sent(sim)["messages"]] == ["user", "assistant", "tool", "tool"]


def test_parallel_tool_calls_in_a_stream(client):
    arguments = {}
    for chunk in ask(client, "[[sim:tool=weather+time]]", tools=TOOLS, stream=True):
        for call in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert [set(json.loads(arguments[n])) for n in (0, 1)] == [{"city"}, {"city"}]


@pytest.mark.parametrize("url", [PIXEL, "https://example.com/cat.png"])
def test_images_reach_the_provider_as_they_are(client, sim, url):
    answer = ask(client, [{"type": "text", "text": "What is this?"},
                          {"type": "image_url", "image_url": {"url": url, "detail": "low"}}])
    assert answer.choices[0].message.content
    assert sent(sim)["messages"][0]["content"][1]["image_url"] == {"url": url, "detail": "low"}


def test_audio_in_and_out(client, sim):
    answer = ask(client, [{"type": "text", "text": "Answer aloud."},
                          {"type": "input_audio", "input_audio": {"data": SILENCE, "format": "wav"}}],
                 model="gpt-audio", modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    audio = answer.choices[0].message.audio
    assert base64.b64decode(audio.data) and audio.transcript
    assert sent(sim)["audio"] == {"voice": "alloy", "format": "wav"}


class Person(pydantic.BaseModel):
    name: str
    age: int


def test_structured_output_is_parsed_by_the_sdk(client, sim):
    answer = client.chat.completions.parse(model=MODEL, response_format=Person,
                                           messages=[{"role": "user", "content": "Somebody."}])
    assert isinstance(answer.choices[0].message.parsed, Person)
    schema = sent(sim)["response_format"]["json_schema"]
    assert schema["strict"] is True and schema["schema"]["required"] == ["name", "age"]


def test_several_choices_are_all_paid_for(client, gateway):
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, n=3, messages=[{"role": "user", "content": "[[sim:output_tokens=10,input_tokens=100]]"}])
    answer = raw.parse()
    assert [c.index for c in answer.choices] == [0, 1, 2]
    assert answer.usage.completion_tokens == 30
    assert gateway.record(raw.headers["x-request-id"])["usage"]["output"] == 30


def test_logprobs(client):
    content = ask(client, "[[sim:text=hello]]", logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert "".join(entry.token for entry in content) == "hello"
    assert len(content[0].top_logprobs) == 2 and content[0].logprob < 0
    streamed = [c.choices[0].logprobs for c in ask(client, "[[sim:text=hello]]", logprobs=True, stream=True) if c.choices]
    assert any(entry and entry.content for entry in streamed)


def test_reasoning_is_asked_for_and_counted(client, sim):
    answer = ask(client, "[[sim:reasoning=50,output_tokens=70]]", model="gpt-5.1", reasoning_effort="low",
                 max_completion_tokens=500)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 50
    assert answer.usage.completion_tokens == 70
    assert (sent(sim)["reasoning_effort"], sent(sim)["max_completion_tokens"]) == ("low", 500)


def test_the_whole_of_the_reference_is_passed_on(client, sim):
    fields = {"temperature": 0.5, "top_p": 0.9, "stop": ["END"], "frequency_penalty": 0.1, "presence_penalty": -0.1,
              "logit_bias": {"50256": -100}, "seed": 7, "user": "u-1", "service_tier": "default", "store": False,
              "metadata": {"a": "b"}, "prompt_cache_key": "k", "safety_identifier": "s", "verbosity": "low",
              "prediction": {"type": "content", "content": "hello"}}
    ask(client, **fields)
    body = sent(sim)
    assert {name: body[name] for name in fields} == fields


# -- errors as the SDK's classes ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("fault, kind, status", [
    ("429", openai.RateLimitError, 429), ("context-length", openai.BadRequestError, 400),
    ("401", openai.InternalServerError, 502), ("quota", openai.InternalServerError, 503),
    ("500", openai.InternalServerError, 502), ("529", openai.InternalServerError, 503)])
@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_the_first_event_has_the_same_class_streamed_or_not(client, fault, kind, status, stream):
    with pytest.raises(kind) as caught:
        answer = ask(client, f"[[sim:fault={fault}]] {fault} {stream}", stream=stream)
        list(answer)
    assert caught.value.status_code == status


def test_every_class_has_its_refusal(gateway, client, key):
    other = openai.OpenAI(base_url=gateway.url + "/v1", api_key=gateway.new_key(models=["gpt-4o-mini"])["key"], max_retries=0)
    stranger = openai.OpenAI(base_url=gateway.url + "/v1", api_key="tsg-" + "a" * 38, max_retries=0)
    for kind, call in [(openai.AuthenticationError, lambda: ask(stranger)),
                       (openai.PermissionDeniedError, lambda: ask(other)),
                       (openai.NotFoundError, lambda: client.models.retrieve("no-such-model")),
                       (openai.BadRequestError, lambda: ask(client, n=0.5))]:
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.code and caught.value.message and caught.value.request_id


def test_a_budget_is_a_rate_limit_error_that_nobody_retries(gateway):
    poor = gateway.new_key(models=["*"], monthly_budget_usd="0.000001")["key"]
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=poor, max_retries=2) as client:
        before = gateway.record_count()
        with pytest.raises(openai.RateLimitError) as caught:
            ask(client)
    assert caught.value.code == "insufficient_quota" and caught.value.body["scope"] == "key"
    assert gateway.record_count() == before + 2, "the refusal and the alert of 100 %: x-should-retry was heeded"
