"""What clients send by themselves and a model has no place for: left out and listed, or done in its stead."""
import json

import httpx
import openai
import pytest
from harness import Gateway, body, raw_post, read_all, wait_for
from test_five_providers import PATHS
from vendors import TOOLS, ask, catalogue_sim, nano, sent

CLAUDE = "claude-opus-5-5"  # takes no sampling, and no forced call
WITHOUT_STOP = ["grok-4.5", "perplexity/sonar", "gpt-5.3-codex"]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, certificate, sim):
    providers = {name: {"base_url": f"https://localhost:{sim.port}{path}", "ca_file": str(certificate[0])}
                 for name, path in PATHS.items()}
    providers["old"] = {**providers["perplexity"], "dialect": "perplexity-sonar"}
    gateway = Gateway(tmp_path_factory.mktemp("bridges"), providers).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def key(gateway):
    return gateway.new_key(models=["*", "*/*"])["key"]


@pytest.fixture(scope="module")
def client(gateway, key):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


def post(gateway, key, payload, path="/v1/chat/completions", **headers):
    return httpx.post(gateway.url + path, timeout=60, json=payload,
                      headers={"authorization": f"Bearer {key}", **{k.replace("_", "-"): v for k, v in headers.items()}})


def by_gateway(record):
    return [rule["rule"] for rule in record.get("matched", []) if rule["source"] == "gateway"]


# -- sampling ----------------------------------------------------------------------------------------------------------

def test_a_temperature_is_left_out_and_listed_where_the_model_has_none(gateway, key, sim):
    answer = post(gateway, key, body("x", CLAUDE, temperature=0, presence_penalty=0.1, seed=7))
    assert answer.status_code == 200, answer.text
    assert sorted(answer.headers["x-tsg-dropped"].split(", ")) == ["presence_penalty", "seed", "temperature"]
    assert sorted(gateway.record(answer.headers["x-request-id"])["dropped_parameters"]) == [
        "presence_penalty", "seed", "temperature"]
    assert "temperature" not in sent(sim)
    streamed = post(gateway, key, body("x", CLAUDE, temperature=0.2, stream=True))
    assert streamed.headers["x-tsg-dropped"] == "temperature" and streamed.text.endswith("data: [DONE]\n\n")
    whole = post(gateway, key, body("x", "gpt-5.6-sol"))
    assert "x-tsg-dropped" not in whole.headers


def test_models_that_merely_ignore_it_get_it(client, sim):
    ask(client, "gemini-3.8-flash", temperature=0.25)
    assert '\\"temperature\\":0.25' in sent(sim)


def test_who_is_strict_is_refused_and_nothing_is_sent(gateway, key, sim):
    with gateway.books(sim, records=1, upstream=0):
        answer = post(gateway, key, body("x", CLAUDE, temperature=0), x_tsg_strict="1")
    assert answer.status_code == 400
    assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == ("unsupported_parameter", "temperature")
    assert post(gateway, key, body("x", CLAUDE, temperature=0), x_tsg_strict="0").status_code == 200
    assert post(gateway, key, body("x", CLAUDE, temperature=0), x_tsg_strict="perhaps").status_code == 400
    strict = gateway.new_key(models=["*", "*/*"])
    answer = gateway.admin.put(f"/admin/v1/policies/key/{strict['id']}", json={"parameters": "strict"})
    assert answer.status_code in (200, 201), answer.text
    refused = post(gateway, strict["key"], body("x", CLAUDE, top_p=0.5))
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "top_p"
    assert gateway.admin.put(f"/admin/v1/policies/key/{strict['id']}", json={"parameters": "loose"}).status_code == 400


# -- a forced call -----------------------------------------------------------------------------------------------------

NAMED = {"type": "function", "function": {"name": "time"}}


@pytest.mark.parametrize("choice, name", [(NAMED, "time"), ("required", "weather")], ids=["named", "of several"])
def test_a_forced_call_is_made_of_structured_output(gateway, key, client, sim, choice, name):
    answer = ask(client, CLAUDE, tools=TOOLS, tool_choice=choice)
    (call,) = answer.choices[0].message.tool_calls
    assert (call.function.name, answer.choices[0].finish_reason) == (name, "tool_calls")
    assert set(json.loads(call.function.arguments)) == {"city"} and answer.choices[0].message.content is None
    assert '\\"json_schema\\"' in sent(sim)
    done = client.chat.completions.create(model=CLAUDE, tools=TOOLS, messages=[
        {"role": "user", "content": "x"}, answer.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "fine"}])
    assert done.choices[0].finish_reason == "stop"
    with client.chat.completions.stream(model=CLAUDE, messages=[{"role": "user", "content": "x"}], tools=TOOLS,
                                        tool_choice=choice) as stream:
        for _ in stream:
            pass
        choice_made = stream.get_final_completion().choices[0]
    assert choice_made.finish_reason == "tool_calls" and choice_made.message.tool_calls[0].function.name == name
    assert set(json.loads(choice_made.message.tool_calls[0].function.arguments)) == {"city"}
    record = gateway.record(post(gateway, key, body("x", CLAUDE, tools=TOOLS, tool_choice=choice)).headers["x-request-id"])
    assert by_gateway(record) == ["tool_choice"]


def test_a_forced_call_that_cannot_be_said_that_way_is_refused(gateway, client, sim):
    tree = {"type": "function", "function": {"name": "tree", "parameters": {
        "type": "object", "properties": {"next": {"$ref": "#"}}}}}
    with gateway.books(sim, records=1, upstream=0), pytest.raises(openai.BadRequestError) as refused:
        ask(client, CLAUDE, tools=[tree], tool_choice="required")
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "tool_choice")


# -- stop --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("model", WITHOUT_STOP)
def test_the_gateway_ends_an_answer_before_a_stop_sequence(gateway, key, client, sim, model):
    text = "[[sim:text=one-two-three]]"
    sim.reset()
    answer = ask(client, model, text, stop=["two", "never"])
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("one-", "stop")
    assert answer.model_extra["content"] == "one-"
    assert nano(answer.usage.model_extra["cost_usd"]) == nano(sim.ledger()["total_usd"]), "all of it is billed"
    chunks = list(ask(client, model, text, stop="two", stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "one-"
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert chunks[-1].usage.completion_tokens == answer.usage.completion_tokens
    whole = ask(client, model, text, stop="absent")
    assert whole.choices[0].message.content == "one-two-three"
    record = gateway.record(post(gateway, key, body(text, model, stop="two")).headers["x-request-id"])
    assert by_gateway(record) == ["stop"]


def test_white_space_is_a_stop_sequence_for_claude_too(client):
    assert ask(client, CLAUDE, "[[sim:output_tokens=30]]", stop=[" "]).choices[0].message.content.count(" ") == 0


# -- forms -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("model", ["perplexity/sonar", "old/sonar-pro", CLAUDE])
def test_a_json_object_is_asked_for_in_words(client, sim, model):
    ask(client, model, "x", response_format={"type": "json_object"})
    assert "Answer with a single JSON object" in sent(sim)


@pytest.mark.parametrize("model", ["gpt-5.6-sol", CLAUDE, "gemini-3.8-flash", "grok-4.5", "perplexity/sonar",
                                   "old/sonar-pro"])
def test_conversations_that_openai_takes_are_taken(gateway, key, client, model):
    for messages in ([{"role": "system", "content": "[[sim:text=ok]]"}],
                     [{"role": "assistant", "content": "Welcome!"}, {"role": "user", "content": "[[sim:text=ok]]"}]):
        assert client.chat.completions.create(model=model, messages=messages).choices[0].message.content
    assert ask(client, model, stop="", extra_body={"presence_penalty": -0.0}).choices[0].message.content


def test_a_placeholder_is_in_the_record(gateway, key):
    answer = post(gateway, key, {"model": CLAUDE, "messages": [{"role": "assistant", "content": "Welcome!"},
                                                               {"role": "user", "content": "hi"}]})
    assert by_gateway(gateway.record(answer.headers["x-request-id"])) == ["messages"]


@pytest.mark.parametrize("model", [CLAUDE, "gemini-3.8-flash", "grok-4.5", "perplexity/sonar", "gpt-5.3-codex"])
def test_a_name_beyond_the_targets_limits_comes_back(client, sim, model):
    name = "3d.render" if model != "gemini-3.8-flash" else "3d_render"
    tool = {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    message = ask(client, model, tools=[tool], tool_choice="auto").choices[0].message
    assert message.tool_calls[0].function.name == name
    assert f'\\"name\\":\\"{name}\\"' not in sent(sim), "and travelled under another"
    chunks = list(ask(client, model, tools=[tool], stream=True))
    assert [t.function.name for c in chunks if c.choices for t in c.choices[0].delta.tool_calls or [] if t.id] == [name]


@pytest.mark.parametrize("model", [CLAUDE, "gemini-3.8-flash", "grok-4.5", "perplexity/sonar"])
def test_a_choice_in_the_words_of_other_apis_is_heeded_or_refused(client, model):
    for choice in ("any", {"type": "any"}, "time", {"type": "tool", "name": "time"}, {"type": "function", "name": "time"}):
        answer = ask(client, model, "[[sim:tool=time]]", tools=TOOLS, extra_body={"tool_choice": choice})
        assert answer.choices[0].message.tool_calls, choice
    for choice in ("banana", {"type": "banana"}, {"type": "tool", "name": "absent"}):
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, model, tools=TOOLS, extra_body={"tool_choice": choice})
        assert refused.value.param == "tool_choice"


# -- addresses and keys ------------------------------------------------------------------------------------------------

def test_the_key_may_stand_in_azures_header(gateway, key):
    models = lambda **headers: httpx.get(gateway.url + "/v1/models/", headers=headers)  # noqa: E731
    assert models(**{"api-key": key}).status_code == 200
    assert models(**{"api-key": key, "authorization": f"Bearer {key}"}).status_code == 200
    alone = models(authorization="Bearer unused")
    both = models(**{"x-api-key": key, "authorization": "Bearer unused"})
    assert (both.status_code, both.json()) == (401, alone.json())
    assert "Several keys came that differ" in both.headers["www-authenticate"]
    assert "Several" not in alone.headers["www-authenticate"]
    wait_for(lambda: "several keys that differ came" in gateway.log(), "the line in the log")
    assert key not in gateway.log()


def test_a_path_that_is_nearly_right_is_told_so(gateway, key):
    for path, said in (("/chat/completions", "/v1/chat/completions"), ("/v1/v1/chat/completions", "/v1 twice"),
                       ("/v1/completions", "/v1/chat/completions"), ("/v1/embedding", "/v1/embeddings")):
        answer = post(gateway, key, body(), path=path)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"
        assert said in answer.json()["error"]["message"]
    assert post(gateway, key, body("[[sim:text=ok]]"), path="/v1/chat/completions/").json()["content"] == "ok"
    for path in ("//v1/chat/completions", "/v1//chat/completions"):
        answer = read_all(raw_post(gateway.port, key, body(), path)).decode()
        assert answer.startswith("HTTP/1.1 400") and "double slash" in answer


def test_a_byte_order_mark_is_named(gateway, key):
    answer = httpx.post(gateway.url + "/v1/chat/completions", content=b"\xef\xbb\xbf" + json.dumps(body()).encode(),
                        headers={"authorization": f"Bearer {key}", "content-type": "application/json"})
    assert answer.status_code == 400 and "byte order mark" in answer.json()["error"]["message"]


def test_the_front_page_needs_no_key(gateway):
    assert httpx.get(gateway.url + "/").json()["base_path"] == "/v1"
    page = httpx.get(gateway.url + "/", headers={"accept": "text/html"})
    assert page.status_code == 200 and "ThreadSync LLM Gateway" in page.text
    assert httpx.head(gateway.url + "/").status_code == 200
    assert httpx.get(gateway.url + "/healthz/").status_code == 200
