"""Too much, and too slow: each limit is met exactly, each wait ends by its named deadline."""
import json
import threading

import pytest
from conftest import providers_of
from harness import Gateway, body, wait_for
from raw import Raw, head, request

BODY_MAX = 65_536


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    """Small limits and short deadlines; tests wait for what must happen and time nothing."""
    gateway = Gateway(tmp_path_factory.mktemp("gw"), providers_of(sim, certificate),
                      limits={"body_bytes_max": BODY_MAX},
                      timeouts={"head_read_ms": 400, "body_read_ms": 400, "client_write_ms": 400,
                                "keep_alive_idle_ms": 400, "stream_idle_ms": 20_000}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    assert gateway.verify()[0] == 0


def of_size(size):
    empty = json.dumps(body(""))
    return json.dumps(body("x" * (size - len(empty)))).encode()


def chunked(data, piece=10_000):
    out = b""
    for at in range(0, len(data), piece):
        part = data[at:at + piece]
        out += b"%x\r\n%s\r\n" % (len(part), part)
    return out + b"0\r\n\r\n"


@pytest.mark.parametrize("framing", ["content-length", "chunked"])
@pytest.mark.parametrize("over", [0, 1])
def test_a_body_at_its_limit_is_taken_and_one_byte_more_is_413(gateway, key, sim, framing, over):
    data = of_size(BODY_MAX + over)
    assert len(data) == BODY_MAX + over
    message = (request(key, data) if framing == "content-length"
               else head(key, None, "transfer-encoding: chunked") + chunked(data))
    with gateway.books(sim, records=1, upstream=1 - over), Raw(gateway.port) as connection:
        connection.send(message)
        answer = connection.answer()
        if not over:
            assert answer.status == 200
        else:
            assert (answer.status, answer.code()) == (413, "invalid_request_error")
            assert answer.headers["connection"] == "close" and connection.rest() == b""
            assert gateway.record(answer.headers["x-request-id"])["status"] == 413


def test_a_promise_of_terabytes_is_refused_before_its_first_byte(gateway, key, sim):
    with gateway.books(sim, records=1), Raw(gateway.port) as connection:
        connection.send(head(key, 1 << 42))
        assert connection.answer().status == 413


def test_expect_100_is_answered_only_for_a_request_that_may_come(gateway, key, sim):
    data = json.dumps(body()).encode()
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(head(key, len(data), "expect: 100-continue"))
        assert connection.take_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue"
        connection.send(data)
        assert connection.answer().status == 200
    for bad_key, size, status in (("tsg-nobody", len(data), 401), (key, 1 << 30, 413)):
        with gateway.books(sim, records=1), Raw(gateway.port) as connection:
            connection.send(head(bad_key, size, "expect: 100-continue"))
            assert connection.answer().status == status  # and no 100 before it


@pytest.mark.parametrize("type, status", [("text/plain", 415), ("application/x-www-form-urlencoded", 415),
                                          ("application/json; charset=utf-8", 200)])
def test_media_types(gateway, key, sim, type, status):
    good = request(key, body()).replace(b"application/json", type.encode(), 1)
    with gateway.books(sim, records=1, upstream=int(status == 200)), Raw(gateway.port) as connection:
        connection.send(good)
        assert connection.answer().status == status


def test_an_encoded_body_is_415(gateway, key, sim):
    with gateway.books(sim, records=1), Raw(gateway.port) as connection:
        connection.send(request(key, body(), "content-encoding: gzip"))
        assert connection.answer().status == 415


def drip(connection, stop):
    """A byte now and then, for as long as it is taken: progress must not move a deadline (slowloris)."""
    while not stop.wait(0.05) and connection.send(b"a"):
        pass


@pytest.mark.parametrize("start, records", [(b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx-a: ", 0), (None, 1)],
                         ids=["head", "body"])
def test_a_slow_request_is_408_however_it_drips(gateway, key, sim, start, records):
    stop = threading.Event()
    with gateway.books(sim, records), Raw(gateway.port) as connection:
        connection.send(start or head(key, 50_000))
        dripping = threading.Thread(target=drip, args=[connection, stop])
        dripping.start()
        answer = connection.answer()
        stop.set()
        dripping.join()
        assert (answer.status, answer.code()) == (408, "invalid_request_error")
        assert answer.headers["connection"] == "close"


def test_a_silent_connection_is_closed_without_a_word(gateway, key, sim):
    with gateway.books(sim, records=0), Raw(gateway.port) as connection:
        assert connection.rest() == b""


def test_a_reader_that_does_not_read_is_cut_off_and_its_provider_too(gateway, key, sim):
    """Some 8 MB, more than the kernel buffers: the write stalls, and client_write ends it."""
    aborted = sim.stats()["aborted"]
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port, receive_buffer=4096) as connection:
        connection.send(request(key, body("[[sim:output_tokens=40000,inter_us=0]]", stream=True)))
        wait_for(lambda: sim.stats()["aborted"] == aborted + 1, "the provider's connection is closed")
    record = gateway.records()[0]
    assert (record["complete"], record["code"]) == (False, "client_gone")
    assert record["usage"]["output"] > 0 and float(record["cost_usd"]) > 0
