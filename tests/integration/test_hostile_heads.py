"""Heads and framings made to be understood differently by two servers: answered once, closed, never forwarded."""
import os
import pathlib

import pytest
import yaml
from harness import body
from raw import Raw, head, request

SMUGGLED = "GET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n".encode()


def refused_once(port, data, statuses=(400,)):
    """The one answer; after it nothing comes but the end."""
    with Raw(port) as connection:
        connection.send(data + SMUGGLED)
        answer = connection.answer()
        assert answer.status in statuses, (data[:300], answer.status)
        assert answer.code() == "invalid_request_error"
        assert answer.headers["connection"] == "close"
        assert answer.headers["x-should-retry"] == "false"
        assert connection.rest() == b"", "a second answer: something was smuggled"
    return answer


def hostile_heads(key):
    line, auth = "POST /v1/chat/completions HTTP/1.1\r\n", f"authorization: Bearer {key}\r\n"
    json_type = "content-type: application/json\r\n"
    good = line + "host: gateway\r\n" + auth + json_type
    return {
        "length and coding": good + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "two equal lengths": good + "content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
        "two lengths": good + "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "a list of lengths": good + "content-length: 2, 2\r\n\r\n{}",
        "a signed length": good + "content-length: +2\r\n\r\n{}",
        "a hexadecimal length": good + "content-length: 0x2\r\n\r\n{}",
        "a length beyond 64 bits": good + "content-length: 18446744073709551618\r\n\r\n{}",
        "an unknown coding": good + "transfer-encoding: xchunked\r\n\r\n",
        "chunked twice": good + "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "chunked and identity": good + "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        "an underscore for a hyphen": good + "transfer_encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunked in HTTP/1.0": good.replace("1.1", "1.0", 1) + "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "no host": line + auth + json_type + "content-length: 2\r\n\r\n{}",
        "two hosts": good + "host: other\r\ncontent-length: 2\r\n\r\n{}",
        "space before the colon": good + "content-length : 2\r\n\r\n{}",
        "a folded line": good + "x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}",
        "bare line feeds": (good + "content-length: 2\r\n\r\n{}").replace("\r\n", "\n"),
        "a bare carriage return": good + "x-a: b\rc\r\ncontent-length: 2\r\n\r\n{}",
        "a NUL": good + "x-a: b\0c\r\ncontent-length: 2\r\n\r\n{}",
        "a byte beyond ASCII": good + "x-a: b\xe9\r\ncontent-length: 2\r\n\r\n{}",
        "absolute form": (good + "content-length: 2\r\n\r\n{}").replace("/v1", "http://other/v1", 1),
        "HTTP/1.2": (good + "content-length: 2\r\n\r\n{}").replace("1.1", "1.2", 1),
        "HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a body with GET": good.replace("POST", "GET", 1) + "content-length: 2\r\n\r\n{}",
        "dots in the path": (good + "content-length: 2\r\n\r\n{}").replace("/v1/", "/v1/../v1/", 1),
        "no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    }


@pytest.mark.parametrize("name", hostile_heads("").keys())
def test_a_hostile_head_is_refused_and_nothing_behind_it_is_read(gateway, key, sim, name):
    with gateway.books(sim, records=0):
        refused_once(gateway.port, hostile_heads(key)[name].encode("latin-1"))


@pytest.mark.parametrize("chunks", [b"3\r\nabcXX", b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n\r\n", b"3\nabc\n0\n\n",
                                    b"ffffffffffffffff1\r\nabc", b"3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"])
def test_broken_chunks_are_a_400_with_a_record_and_no_call(gateway, key, sim, chunks):
    with gateway.books(sim, records=1):
        answer = refused_once(gateway.port, head(key, None, "transfer-encoding: chunked") + chunks)
    record = gateway.record(answer.headers["x-request-id"])
    assert (record["status"], record["code"]) == (400, "invalid_request_error")


def test_trailers_never_become_headers(gateway, key, sim):
    """A trailer with another key, or a second Host, is dropped: the head was complete before it."""
    data = b'{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'
    chunked = b"%x\r\n%s\r\n0\r\nauthorization: Bearer tsg-other\r\nhost: other\r\n\r\n" % (len(data), data)
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(head(key, None, "transfer-encoding: chunked") + chunked)
        assert connection.answer().status == 200


@pytest.mark.parametrize("line, status", [
    (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", 414), (b"x-a: " + b"a" * 40_000 + b"\r\n", 431),
    (b"".join(b"x-%d: a\r\n" % n for n in range(2_000)), 431)])
def test_heads_beyond_their_limits(gateway, key, sim, line, status):
    good = head(key, 2)
    data = line + good.split(b"\r\n", 1)[1] if line.startswith(b"GET") else good[:-2] + line + b"\r\n"
    with gateway.books(sim, records=0):
        refused_once(gateway.port, data, (status,))


def test_an_unknown_expectation_is_417(gateway, key, sim):
    with gateway.books(sim, records=0):
        refused_once(gateway.port, head(key, 2, "expect: 200-ok"), (417,))


def test_pipelined_requests_are_answered_in_order_until_the_first_bad_one(gateway, key, sim):
    good = request(key, body("[[sim:text=first]]"))
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(good + b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n" + good)
        first, second = connection.answer(), connection.answer()
        assert (first.status, second.status) == (200, 400)
        assert connection.rest() == b""


def corpus():
    folder = pathlib.Path(os.environ.get("TSG_CORPORA", "/nonexistent")) / "http-desync/tests"
    cases = []
    for file in sorted(folder.glob("*.yaml")):
        cases += [c for c in yaml.safe_load(file.read_text()) if c["expected"]["tier"] in ("Severe", "Ambiguous")]
    return cases


def test_the_desync_corpus_never_reaches_a_provider(gateway, key, sim):
    """aws/http-desync-guardian: severe and ambiguous are refused, and the connection ends."""
    cases = corpus()
    if not cases:
        pytest.skip("TSG_CORPORA names no http-desync corpus")
    with gateway.books(sim, records=0):
        for case in cases:
            fields = [(str(h["name"]), str(h.get("value") or "")) for h in case.get("headers") or []]
            lines = [f"{case['method']} {case['uri']} {case.get('version', '')}".rstrip(" ")]
            lines += [f"{name}: {value}" for name, value in fields]
            if not any(name.lower() == "host" for name, _ in fields):
                lines.append("host: gateway")
            data = ("\r\n".join([*lines, f"authorization: Bearer {key}"]) + "\r\n\r\n").encode("latin-1", "replace")
            with Raw(gateway.port) as connection:
                connection.send(data + b"0\r\n\r\n" + SMUGGLED)
                answer = connection.answer()
                assert 400 <= answer.status < 500, (case["name"], answer.status)
                assert answer.headers["connection"] == "close", case["name"]
                assert connection.rest() == b"", case["name"]
