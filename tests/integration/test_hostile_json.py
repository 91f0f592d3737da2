"""Bodies that are not what they seem: refused with a 400 that says why, recorded once, never forwarded."""
import os
import pathlib

import httpx
import pytest
from harness import body

GOOD = b'{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'


@pytest.fixture(scope="module")
def http(gateway, key):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=120) as http:
        yield http


def post(http, data):
    return http.post("/v1/chat/completions", content=data)


def inside(value):
    """A good request that carries `value` where any JSON is allowed."""
    return (b'{"model":"gpt-4o","messages":[{"role":"user","content":"[[sim:text=ok]]"}],"tools":[{"type":"function",'
            b'"function":{"name":"f","parameters":{"type":"object","x-value":' + value + b'}}}]}')


HOSTILE = {
    "nothing": b"",
    "an array": b"[]",
    "a string": b'"gpt-4o"',
    "cut off": GOOD[:-1],
    "followed by more": GOOD + b"{}",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "100,000 arrays deep": b"[" * 100_000,
    "100,000 arrays deep, closed": inside(b"[" * 100_000 + b"]" * 100_000),
    "100,000 objects deep": inside(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a key twice": GOOD[:-1] + b',"model":"gpt-4o-mini"}',
    "a key twice, once escaped": GOOD[:-1] + b',"mod\\u0065l":"gpt-4o-mini"}',
    "a key twice, deep inside": inside(b'{"a":{"b":1,"b":2}}'),
    "an overlong sequence": inside(b'"\xc0\x80"'),
    "a lone continuation byte": inside(b'"\x80"'),
    "a surrogate in UTF-8": inside(b'"\xed\xa0\x80"'),
    "an unpaired surrogate escape": inside(b'"\\ud800"'),
    "a raw control character": inside(b'"\x01"'),
    "1e400": inside(b"1e400"),
    "an integer of 400 digits": inside(b"9" * 400),
    "a number beyond 64 bits": inside(b"18446744073709551616"),
    "NaN": inside(b"NaN"),
    "a model that is a number": b'{"model":1,"messages":[]}',
    "no model": b'{"messages":[{"role":"user","content":"hi"}]}',
    "messages that are an object": b'{"model":"gpt-4o","messages":{}}',
    "n as 1.5": GOOD[:-1] + b',"n":1.5}',
    "max_tokens below zero": GOOD[:-1] + b',"max_tokens":-1}',
    "max_tokens beyond 64 bits": GOOD[:-1] + b',"max_tokens":99999999999999999999}',
    "stream as a string": GOOD[:-1] + b',"stream":"yes"}',
}


@pytest.mark.parametrize("name", HOSTILE.keys())
def test_hostile_json_is_a_400_and_never_forwarded(gateway, sim, http, name):
    with gateway.books(sim, records=1):
        answer = post(http, HOSTILE[name])
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "invalid_request_error" and len(error["message"]) < 500
    assert answer.headers["x-should-retry"] == "false"
    record = gateway.record(answer.headers["x-request-id"])
    assert (record["status"], record["code"], record["verdict"]) == (400, "invalid_request_error", "deny")


def test_a_connection_outlives_its_bad_bodies(gateway, key, http):
    """A refused body was framed well: the next request on the same connection is served."""
    for data in (b"{", GOOD, b"[]", GOOD):
        assert post(http, data).status_code == (200 if data == GOOD else 400)


@pytest.mark.parametrize("number", [b"0.1", b"1E5", b"-0", b"12345678901234567890", b"1.0000000000000000000000001"])
def test_numbers_keep_their_spelling_on_the_way(http, sim, number):
    assert post(http, inside(number)).status_code == 200
    sent = sim.control.get("/_sim/requests", params={"last": 1}).json()["requests"][0]["body"]
    assert b'"x-value":' + number + b"}" in sent.encode()


def test_ten_thousand_members_are_read_without_a_quadratic_search(http):
    """Keys that collide in simple hashes; what counts is that it is answered at all."""
    value = b"{" + b",".join(b'"%08x":1' % (n << 12) for n in range(10_000)) + b"}"
    assert post(http, inside(value)).status_code in (200, 400)


def corpus(prefix):
    folder = pathlib.Path(os.environ.get("TSG_CORPORA", "/nonexistent")) / "json/test_parsing"
    files = sorted(folder.glob(prefix + "*.json"))
    if not files:
        pytest.skip("TSG_CORPORA names no JSON corpus")
    return files


def test_the_json_corpus_as_a_body(gateway, sim, http):
    """None of these files is a request: each is refused, whatever its syntax."""
    files = corpus("")
    with gateway.books(sim, records=len(files)):
        for file in files:
            assert post(http, file.read_bytes()).status_code == 400, file.name


def test_the_json_corpus_as_a_value_inside_a_request(gateway, sim, http):
    good, bad = corpus("y_"), corpus("n_")
    for file in good:
        if "duplicated_key" in file.name:  # valid JSON, and two readers may see two values (JSON-3)
            assert post(http, inside(file.read_bytes())).status_code == 400
        else:
            assert post(http, inside(file.read_bytes())).status_code == 200, file.name
    with gateway.books(sim, records=len(bad)):
        for file in bad:
            assert post(http, inside(file.read_bytes())).status_code == 400, file.name
    for file in corpus("i_"):
        assert post(http, inside(file.read_bytes())).status_code in (200, 400), file.name
    assert http.post("/v1/chat/completions", json=body()).status_code == 200
