"""More than there is room for: connections, bodies, refusals. Who is served stays served, and everybody else is told."""
import json
import select
import socket
import subprocess

import pytest
from conftest import providers_of
from harness import TSG, Gateway, body, wait_for
from raw import Raw, head, request

PLACES, SHARE, RESERVED = 24, 12, 4
BODY_MAX, BODIES_MAX = 1 << 21, 8 << 20


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    """A small house. Nothing ends by a deadline while a test runs: only giving way can free a place."""
    gateway = Gateway(tmp_path_factory.mktemp("gw"), providers_of(sim, certificate),
                      limits={"connections_max": PLACES, "connections_reserved": RESERVED,
                              "body_bytes_max": BODY_MAX, "bodies_bytes_max": BODIES_MAX},
                      timeouts={"head_read_ms": 600_000, "body_read_ms": 600_000}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    assert gateway.verify()[0] == 0


class From(Raw):
    """A connection from another address of this machine."""

    def __init__(self, port, address):
        self.socket = socket.socket()
        self.socket.settimeout(60)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", port))
        self.read = b""


def get(path):
    return f"GET {path} HTTP/1.1\r\nhost: gateway\r\n\r\n".encode()


def status_of(connection, data):
    with connection:
        connection.send(data)
        return connection.answer().status


@pytest.fixture
def crowd():
    """Connections that are closed at the end."""
    connections = []
    yield connections
    for connection in connections:
        connection.socket.close()


@pytest.mark.parametrize("says", [b"", b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx-a: "], ids=["silent", "half a head"])
def test_strangers_who_say_nothing_shut_nobody_out(gateway, key, sim, crowd, says):
    for n in range(10 * PLACES):
        crowd.append(From(gateway.port, f"127.0.0.{2 + n % 3}"))
        if says:
            crowd[-1].send(says)
    with gateway.books(sim, records=1, upstream=1):
        assert status_of(Raw(gateway.port), request(key, body())) == 200
    assert status_of(Raw(gateway.port), get("/readyz")) == 200
    assert gateway.admin.get("/admin/v1/orgs").status_code == 200
    assert crowd[0].rest() == b"", "who came first has given way"


def test_a_client_that_rests_between_requests_gives_way_and_comes_back(gateway, key, sim, crowd):
    with Raw(gateway.port) as resting, gateway.books(sim, records=2, upstream=2):
        resting.send(request(key, body()))
        assert resting.answer().status == 200
        crowd += [From(gateway.port, f"127.0.0.{2 + n % 3}") for n in range(3 * PLACES)]
        assert resting.rest() == b"", "a clean end, between two answers"
        assert status_of(Raw(gateway.port), request(key, body())) == 200


def busy(gateway, key, sim, count, address):
    """Streams that run until their client leaves."""
    out = []
    for _ in range(count):
        connection = From(gateway.port, address)
        connection.send(request(key, body("[[sim:output_tokens=4000,inter_us=100000]]", stream=True)))
        connection.take_until(b"\r\n\r\n")
        out.append(connection)
    return out


def test_where_all_places_are_busy_health_and_admin_still_answer(gateway, key, sim, crowd):
    crowd += busy(gateway, key, sim, SHARE, "127.0.0.2")
    with From(gateway.port, "127.0.0.2") as beyond:
        beyond.send(request(key, body()))
        answer = beyond.answer()
        assert (answer.status, answer.code(), answer.headers["retry-after"]) == (503, "overloaded", "1")
        assert answer.headers["connection"] == "close" and answer.headers["x-should-retry"] == "true"
    assert status_of(From(gateway.port, "127.0.0.3"), request(key, body())) == 200, "one address has its share, no more"
    crowd += busy(gateway, key, sim, PLACES - SHARE, "127.0.0.3")
    assert status_of(Raw(gateway.port), request(key, body())) == 503
    crowd += [Raw(gateway.port) for _ in range(3 * RESERVED)]  # silence does not hold what is reserved, either
    for _ in range(3):
        assert status_of(Raw(gateway.port), get("/healthz")) == 200
        assert status_of(Raw(gateway.port), get("/readyz")) == 200
    assert gateway.admin.get("/admin/v1/orgs").status_code == 200
    for connection in crowd:
        connection.socket.close()
    wait_for(lambda: status_of(Raw(gateway.port), request(key, body())) == 200, "places are free again")


# -- bodies -------------------------------------------------------------------------------------------------------------

def test_bodies_that_never_end_are_held_up_to_one_bound(gateway, key, sim, crowd):
    """Each keeps back its last byte. Three quarters of the bound are theirs; everyday requests go on."""
    data = json.dumps(body("x" * (BODY_MAX - 1000))).encode()
    for _ in range(SHARE - 2):
        crowd.append(Raw(gateway.port))
        crowd[-1].send(head(key, len(data)) + data[:-1])
    fit = BODIES_MAX * 3 // 4 // BODY_MAX

    def answered():
        ready = select.select([c.socket for c in crowd], [], [], 0)[0]
        return [c for c in crowd if c.socket in ready]

    wait_for(lambda: len(answered()) >= len(crowd) - fit, "those who do not fit are refused")
    refused = answered()
    for connection in refused:
        answer = connection.answer()
        assert (answer.status, answer.code(), answer.headers["x-should-retry"]) == (503, "overloaded", "true")
        assert answer.headers["connection"] == "close"
    assert len(refused) < len(crowd), "some are still waited for"
    with gateway.books(sim, records=1, upstream=1):
        assert status_of(Raw(gateway.port), request(key, body("y" * 500_000))) == 200
    for connection in crowd:
        connection.socket.close()
    wait_for(lambda: status_of(Raw(gateway.port), request(key, data)) == 200, "their memory is given back")


# -- refusals -----------------------------------------------------------------------------------------------------------

def told(gateway, key_id):
    """(records of their own, requests in counted records) of a key."""
    records = gateway.records(key_id=key_id)
    own = [r for r in records if r["kind"] == "request"]
    return own, [r for r in records if r["kind"] == "request.count"]


def test_a_limited_key_cannot_write_as_much_log_as_it_likes(gateway):
    made = gateway.new_key(limits={"requests_per_minute": 5})
    key, sent, summed = made["key"], 0, 0
    with Raw(gateway.port) as connection:
        for data in (request(key, b"{broken"), request(key, body(model="no-such-model")),
                     head(key, None, path="/v1/nothing", method="GET"),
                     head(key, None, path="/v1/models", method="GET"), request(key, body())):
            for _ in range(40):
                connection.send(data)
                answer = connection.answer()
                assert answer.status in (400, 404, 200, 429)
                summed += answer.headers.get("x-tsg-record") == "summed"
                sent += 1
    wait_for(lambda: sum(r["count"] for r in told(gateway, made["id"])[1]) == summed, "every one is counted")
    own, counted = told(gateway, made["id"])
    assert len(own) + summed == sent, "and none twice"
    assert len(own) <= 15, "five refusals, five of what is only read or beyond the rate, and the first beyond each"
    what = {}
    for record in counted:
        assert (record["org"], record["team"], record["environment"]) == ("acme", "web", "test")
        assert sum(record["after"].values()) == record["count"] and "request_id" not in record
        for name, count in record["after"].items():
            what[name] = what.get(name, 0) + count
    assert set(what) == {"400 invalid_request_error", "404 model_not_found", "404 not_found", "200",
                         "429 rate_limit_exceeded"}
    assert "tsg_requests_summed_total" in gateway.admin.get("/metrics").text


def test_what_is_counted_reaches_the_log_before_a_shutdown(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(limits={"requests_per_minute": 1})
    with Raw(gateway.port) as connection:
        for _ in range(10):
            connection.send(request(made["key"], b"{broken"))
            assert connection.answer().status == 400
    assert gateway.stop() == 0
    gateway.start()
    own, counted = told(gateway, made["id"])
    assert len(own) + sum(r["count"] for r in counted) == 10


# -- memory -------------------------------------------------------------------------------------------------------------

def sanitized():
    return b"asan" in subprocess.run(["ldd", TSG], capture_output=True).stdout


@pytest.mark.skipif(sanitized(), reason="a sanitizer needs terabytes of address space")
@pytest.mark.parametrize("kilobytes", [600_000, 650_000, 700_000])
def test_an_allocation_that_is_refused_costs_one_request(make_gateway, kilobytes):
    """Little address space, large bodies: each is served or refused, and the process lives."""
    gateway = make_gateway()
    gateway.stop()
    gateway.within = ["bash", "-c", f'ulimit -v {kilobytes}; exec "$@"', "bash"]
    gateway.start()
    key = gateway.new_key()["key"]
    for size in (20_000_000, 31_000_000, 20_000_000):
        status = status_of(Raw(gateway.port), request(key, json.dumps(body("x" * size)).encode()))
        assert status in (200, 503), "nothing is wrong with the request"
        assert gateway.process.running()
    assert status_of(Raw(gateway.port), request(key, body())) == 200
