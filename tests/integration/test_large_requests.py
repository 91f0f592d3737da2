"""Requests made to keep the gateway busy: everybody else is served meanwhile, and what grows without measure is refused with
its name. One worker, so that whoever blocks it blocks all."""
import json
import threading

import httpx
import pytest
from harness import Gateway

CARD = {"content": [{"detector": "card", "action": "redact"}, {"detector": "email", "action": "redact"}]}


@pytest.fixture(scope="module")
def single(tmp_path_factory, certificate, sim):
    trusted = {"ca_file": str(certificate[0])}
    gateway = Gateway(tmp_path_factory.mktemp("single"), {
        "openai": {"base_url": sim.base_url(), **trusted},
        "anthropic": {"base_url": sim.base_url(path="/anthropic"), **trusted},
        "gemini": {"base_url": sim.base_url(path="/gemini"), **trusted}}, workers=1).start()
    gateway.seed()
    gateway.admin.put("/admin/v1/policies/team/acme.web", json=CARD).raise_for_status()
    gateway.key = gateway.new_key(models=["*", "*/*"])["key"]
    yield gateway
    assert gateway.stop() == 0, gateway.log()


def text(message, **more):
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": message}], **more}


def calls(n):
    call = {"id": "same", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    return {"model": "anthropic/claude-opus-5-5", "messages": [
        {"role": "user", "content": "go"}, {"role": "assistant", "content": None, "tool_calls": [call] * n},
        *[{"role": "tool", "tool_call_id": "same", "content": "done"}] * n]}


def chain(n):
    two = {str(i): {"type": "object", "properties": {
        "a": {"$ref": f"#/$defs/{i + 1}"}, "b": {"$ref": f"#/$defs/{i + 1}"}}} for i in range(n)}
    return {"model": "anthropic/claude-opus-5-5", "messages": [{"role": "user", "content": "go"}], "response_format": {
        "type": "json_schema", "json_schema": {"name": "s", "schema": {
            "type": "object", "properties": {"a": {"$ref": "#/$defs/0"}},
            "$defs": {**two, str(n): {"type": "string"}}}}}}


def nested(levels, n):
    value = ["small"] * n
    for _ in range(levels):
        value = [value]
    return text("hi", x=value)


HEAVY = {
    "a long prompt under content rules": lambda: text("some words and 4111 1111 and more " * 100_000),
    "many small texts nested deep": lambda: nested(110, 200_000),
    "definitions that refer twice to the next": lambda: chain(9_000),
    "calls with one and the same id": lambda: calls(8_000),
}


@pytest.mark.parametrize("case", HEAVY)
def test_others_are_served_while_it_is_worked_on(single, case):
    body = json.dumps(HEAVY[case]()).encode()
    headers = {"authorization": f"Bearer {single.key}", "content-type": "application/json"}
    answers, started = [], threading.Event()

    def pieces():
        yield body[:-1]
        started.set()
        yield body[-1:]

    def ask():
        with httpx.Client(timeout=120) as client:
            answers.append(client.post(single.url + "/v1/chat/completions", headers=headers | {
                "content-length": str(len(body))}, content=pieces()))

    asking = threading.Thread(target=ask)
    asking.start()
    assert started.wait(60)
    served = 0
    with httpx.Client(timeout=60) as client:
        while asking.is_alive():
            assert client.get(single.url + "/healthz").status_code == 200
            served += 1
    asking.join()
    assert answers[0].status_code in (200, 400), answers[0].text[:300]
    assert served > 3, "nobody was served while the request was worked on"


def test_more_values_than_the_limit_are_refused_by_its_name(single):
    body = '{"model":"gpt-4o","messages":[' + ",".join(['{"role":"user","content":""}'] * 340_000) + "]}"
    answer = httpx.post(single.url + "/v1/chat/completions", content=body, timeout=60, headers={
        "authorization": f"Bearer {single.key}", "content-type": "application/json"})
    assert answer.status_code == 400
    assert "limits.json_values_max" in answer.json()["error"]["message"]


def test_a_hypothetical_request_does_not_hold_up_the_admin_api(single):
    key = single.admin.get("/admin/v1/keys").json()["data"][0]["id"]
    body = {"key": key, "request": text("some words and 4111 1111 and more " * 100_000)}
    done, served = [], 0

    def ask():
        done.append(single.admin.post("/admin/v1/policies/test", json=body))

    asking = threading.Thread(target=ask)
    asking.start()
    with httpx.Client(base_url=str(single.admin.base_url), timeout=60, headers=dict(single.admin.headers)) as other:
        while asking.is_alive():
            assert other.get("/admin/v1/orgs").status_code == 200
            served += 1
    asking.join()
    assert done[0].json()["verdict"] == "allow", done[0].text
    assert served > 3
