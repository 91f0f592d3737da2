"""Servers that merely speak OpenAI's dialect: what the SDK reads of their answers, and what is billed.

Each reply is what one of them is reported to send; the SDK is OpenAI's own, as strict as its types."""
import base64
import re
import struct
from decimal import Decimal

import httpx
import openai
import pytest
from faults import post_and_close
from harness import Gateway, body, raw_post, read_all, wait_for
from stub import ENTRY, TEXT, USAGE_CHUNK, Reply, Stub, answer, chunk, events, one_body

STOP, CALLED = chunk(finish="stop"), chunk(finish="tool_calls")
COST = "0.000105"
CALL = {"id": "a", "type": "function", "function": {"name": "lookup", "arguments": '{"x":1}'}}
WHOLE = [*TEXT, STOP, USAGE_CHUNK]


def delta_call(**call):
    return chunk({"tool_calls": [call]})


THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
LOOSE_HEAD = {"created": 1790000000.49}
REPLIES = {
    # a complete answer in another form
    "no-done": events(*WHOLE, done=False),
    "no-done-cut": events(*WHOLE, done=False, end="cut"),
    "events-for-json": events(*WHOLE),
    "events-as-json": events(*WHOLE, type="application/json"),
    "events-no-type": events(*WHOLE, type=None),
    "events-loud-type": events(*WHOLE, type="Text/Event-Stream; Charset=UTF-8"),
    "json-for-events": one_body(answer()),
    "json-as-events": one_body(answer(), type="text/event-stream"),
    "json-no-type": one_body(answer(), type=None),
    "finish-null": one_body(answer(finish=None)),
    "finish-empty": one_body(answer(finish="")),
    "finish-eos": one_body(answer(finish="eos")),
    "finish-null-call": one_body(answer({"role": "assistant", "content": None, "tool_calls": [CALL]}, finish=None)),
    "call-null-done": events(chunk({"role": "assistant", "content": None, "tool_calls": [{"index": 0, **CALL}]}), USAGE_CHUNK),
    "pings": events('event: ping\ndata: {"type":"ping"}\n\n', TEXT[0], '{"type":"keepalive"}', TEXT[1], ": hi\n\n",
                    "event: queue\ndata: position 3\n\n", TEXT[2], STOP, USAGE_CHUNK),
    # what is left out or misspelt
    "no-delta": events(TEXT[1], {**chunk(), "choices": [{"index": 0, "content_filter_results": {}}]}, TEXT[2], STOP,
                       {**chunk(), "choices": [{"index": 0, "content_filter_offsets": {}}]}, USAGE_CHUNK),
    "groq": events(*TEXT, {**STOP, "x_groq": {"usage": {"prompt_tokens": 1234, "completion_tokens": 3}}}),
    "no-index": events(delta_call(id="a", type="function", function={"name": "lookup", "arguments": '{"x"'}),
                       delta_call(function={"arguments": ":1}"}), CALLED),
    "no-index-two": events(delta_call(id="a", type="function", function={"name": "lookup", "arguments": '{"x":1}'}),
                           delta_call(id="b", type="function", function={"name": "find", "arguments": "{}"}), CALLED),
    "repeated-name": events(delta_call(index=0, id="a", type="function", function={"name": "lookup", "arguments": '{"x"'}),
                            delta_call(index=0, id="a", type="function", function={"name": "lookup", "arguments": ":1}"}), CALLED),
    "call-object": one_body(answer({"role": "assistant", "content": None, "tool_calls": [
        {"id": "a", "function": {"name": "lookup", "arguments": {"x": 1}}}]}, "tool_calls")),
    "call-object-events": events(delta_call(index=0, id="a", function={"name": "lookup", "arguments": {"x": 1}}), CALLED),
    "call-bare": one_body(answer({"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "lookup"}}]}, "tool_calls")),
    "call-nameless": one_body(answer({"role": "assistant", "tool_calls": [{"id": "a", "function": {"arguments": "{}"}}]})),
    "content-list": one_body(answer({"role": "assistant", "content": [THINKING, {"type": "text", "text": "Hello you"}]})),
    "content-list-events": events(chunk({"content": [THINKING]}), chunk({"content": [{"type": "text", "text": "Hello you"}]}), STOP),
    "head-loose": one_body({**answer(), **LOOSE_HEAD, "id": None, "object": "x"}),
    "head-absent": one_body({"choices": answer()["choices"]}),
    "head-absent-events": events({"created": 1790000000123, "choices": [{"delta": {"content": "Hello you"}}]},
                                 {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    "floats": one_body({"data": [{"embedding": [0.5, -2]}], "usage": {"prompt_tokens": 4}}),
    "packed": one_body({"data": [{"embedding": base64.b64encode(struct.pack("<2f", 0.5, -2)).decode()}],
                        "usage": {"prompt_tokens": 4}}),
    # silence
    "thinks": events(TEXT[0], ": thinking\n\n", 1.5, *TEXT[1:], STOP, USAGE_CHUNK),
    "only-comments": events(": a\n\n", 0.8, ": b\n\n", 0.8, *TEXT, STOP, USAGE_CHUNK),
    # its own refusals
    "fastapi": one_body({"detail": [{"loc": ["body", "n"], "msg": "must be positive"}]}, status=422),
    "plain-text": one_body("n must be positive", type="text/plain", status=400),
    "too-long": one_body({"error": {"message": "the request exceeds the available context size"}}, status=400),
    "later": Reply("{}", type="application/json", status=429, headers=[
        "date: Wed, 21 Oct 2026 07:28:00 GMT", "retry-after: Wed, 21 Oct 2026 07:28:09 GMT"]),
}


@pytest.fixture(scope="module")
def loose(tmp_path_factory):
    with Stub(REPLIES) as stub:
        models = {f"local/{name}": {**ENTRY, **({"mode": "embedding"} if name in ("floats", "packed") else {})}
                  for name in REPLIES}
        gateway = Gateway(tmp_path_factory.mktemp("loose"), {"local": {"dialect": "openai", "base_url": stub.url}},
                          models=models, timeouts={"stream_keep_alive_ms": 400}).start()
        gateway.seed()
        yield gateway
        assert gateway.stop() == 0, gateway.log()
        code, text = gateway.verify()
        assert code == 0, text


@pytest.fixture(scope="module")
def key(loose):
    return loose.new_key(models=["*", "local/*"])["key"]


@pytest.fixture(scope="module")
def sdk(loose, key):
    with openai.OpenAI(base_url=loose.url + "/v1", api_key=key, max_retries=0, timeout=30,
                       _strict_response_validation=True) as client:
        yield client


def ask(sdk, name, **more):
    return sdk.chat.completions.create(model=f"local/{name}", messages=[{"role": "user", "content": "hi"}], **more)


def streamed(sdk, name):
    """The answer as the SDK's own accumulator puts it together, and its usage."""
    with sdk.chat.completions.stream(model=f"local/{name}", messages=[{"role": "user", "content": "hi"}],
                                     stream_options={"include_usage": True}) as stream:
        return stream.get_final_completion()


def cost(usage):
    return Decimal(str(usage.model_extra["cost_usd"]))


@pytest.mark.parametrize("name", ["events-for-json", "events-as-json", "events-no-type", "events-loud-type", "finish-null",
                                  "finish-empty", "finish-eos", "json-as-events", "json-no-type", "content-list", "head-loose"])
def test_a_plain_answer_whatever_its_form(sdk, name):
    got = ask(sdk, name)
    assert got.choices[0].message.content == got.model_extra["content"] == "Hello you"
    assert got.choices[0].finish_reason == "stop" and got.object == "chat.completion"
    assert got.created == 1790000000 and got.id
    assert cost(got.usage) == Decimal(COST), "what the provider counted, not the bound"


@pytest.mark.parametrize("name", ["no-done", "json-for-events", "json-as-events", "json-no-type", "events-as-json",
                                  "events-no-type", "events-loud-type", "pings", "no-delta", "thinks", "only-comments"])
def test_a_stream_whatever_its_form(sdk, name):
    got = streamed(sdk, name)
    assert got.choices[0].message.content == "Hello you" and got.choices[0].finish_reason == "stop"
    assert cost(got.usage) == Decimal(COST)


@pytest.mark.parametrize("name", ["json-for-events", "events-as-json"])
def test_a_stream_says_that_it_is_one(loose, key, name):
    data = read_all(post_and_close(loose.port, key, body(model=f"local/{name}", stream=True)))
    head, _, rest = data.partition(b"\r\n\r\n")
    assert b"text/event-stream" in head and b"data: [DONE]" in rest and rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("name", ["no-done-cut", "call-null-done"])
def test_an_answer_that_was_cut_short_is_never_a_whole_one(sdk, name):
    with pytest.raises((openai.APIError, httpx.HTTPError)):
        for _ in ask(sdk, name, stream=True):
            pass


def test_what_a_lost_answer_counted_is_billed(loose, key):
    data = read_all(post_and_close(loose.port, key, body(model="local/call-null-done", stream=True)))
    assert b'"provider_unavailable"' in data and b"[DONE]" not in data
    request_id = re.search(rb"x-request-id: (\S+)", data)[1].decode()
    record = wait_for(lambda: next(iter(loose.records(request_id=request_id)), None), "its record")
    assert record["cost_usd"] == COST and not record.get("estimated")


@pytest.mark.parametrize("name", ["no-index", "repeated-name", "call-object-events"])
def test_a_streamed_call(sdk, name):
    call, = streamed(sdk, name).choices[0].message.tool_calls
    assert (call.id, call.type, call.function.name, call.function.arguments.replace(" ", "")) == (
        "a", "function", "lookup", '{"x":1}')


def test_two_streamed_calls_stay_two(sdk):
    calls = streamed(sdk, "no-index-two").choices[0].message.tool_calls
    assert [(c.id, c.function.name, c.function.arguments) for c in calls] == [("a", "lookup", '{"x":1}'), ("b", "find", "{}")]


@pytest.mark.parametrize("name, arguments", [("call-object", '{"x":1}'), ("call-bare", "{}"), ("finish-null-call", '{"x":1}')])
def test_a_call(sdk, name, arguments):
    got = ask(sdk, name)
    call, = got.choices[0].message.tool_calls
    assert (call.type, call.function.name, call.function.arguments.replace(" ", "")) == ("function", "lookup", arguments)
    assert got.choices[0].finish_reason == "tool_calls"


def test_a_member_that_cannot_be_completed_is_named(sdk):
    with pytest.raises(openai.APIStatusError) as caught:
        ask(sdk, "call-nameless")
    assert caught.value.status_code == 502
    assert "choices[0].message.tool_calls[0].function.name" in caught.value.message


def test_thoughts_in_the_content_are_beside_it(sdk):
    assert ask(sdk, "content-list").choices[0].message.model_extra["reasoning_content"] == "hm"
    got = streamed(sdk, "content-list-events")
    assert got.choices[0].message.content == "Hello you"


def test_a_head_that_is_missing_is_made(sdk):
    for got in (ask(sdk, "head-absent"), streamed(sdk, "head-absent-events")):
        assert got.id.startswith("chatcmpl-") and got.model.startswith("local/head-absent"), "the asked one"
        assert got.choices[0].message.content == "Hello you" and got.object == "chat.completion"


def test_usage_in_groqs_place_is_believed(sdk):
    got = streamed(sdk, "groq")
    assert got.usage.prompt_tokens == 1234 and cost(got.usage) == Decimal("0.003115")


@pytest.mark.parametrize("name", ["floats", "packed"])
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_come_as_they_were_asked_for(loose, key, name, encoding):
    got = httpx.post(loose.url + "/v1/embeddings", headers={"authorization": f"Bearer {key}"}, timeout=30,
                     json={"model": f"local/{name}", "input": "x", "encoding_format": encoding}).json()
    vector = got["data"][0]["embedding"]
    if encoding == "base64":
        vector = list(struct.unpack("<2f", base64.b64decode(vector)))
    assert vector == [0.5, -2] and got["data"][0]["object"] == "embedding" and got["usage"]["total_tokens"] == 4


# -- silence -----------------------------------------------------------------------------------------------------------

def heard_until(connection, wanted):
    data = b""
    while wanted not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


def test_a_client_hears_something_while_a_model_thinks(loose, key):
    connection = raw_post(loose.port, key, body(model="local/only-comments", stream=True))
    data = heard_until(connection, b": ping\n\n")
    assert b" 200 " in data and b"Hello" not in data, "the head came with the provider's first byte, then comments"
    connection.close()


def test_the_first_event_leaves_at_once(loose, key):
    connection = raw_post(loose.port, key, body(model="local/thinks", stream=True))
    data = heard_until(connection, b'"role"')
    assert b"Hello" not in data
    connection.close()


# -- its own refusals --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, status, code, words", [
    ("fastapi", 422, "invalid_request_error", "n: must be positive"),
    ("plain-text", 400, "invalid_request_error", "n must be positive"),
    ("too-long", 400, "context_length_exceeded", "the request exceeds the available context size"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_reads_the_reason(loose, key, name, status, code, words, stream):
    got = httpx.post(loose.url + "/v1/chat/completions", headers={"authorization": f"Bearer {key}"}, timeout=30,
                     json=body(model=f"local/{name}", stream=stream))
    assert (got.status_code, got.json()["error"]["code"], got.json()["error"]["message"]) == (status, code, words)


def test_a_date_in_retry_after_is_understood(loose, key):
    got = httpx.post(loose.url + "/v1/chat/completions", headers={"authorization": f"Bearer {key}"}, timeout=30,
                     json=body(model="local/later"))
    assert got.status_code == 429 and got.headers["retry-after"] == "9"
