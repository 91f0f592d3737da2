"""Clients that leave at every stage: nothing stays open, what was spent is settled, each request has its record."""
import json
import sqlite3

import httpx
import pytest
from conftest import providers_of
from harness import Gateway, body, wait_for
from raw import Raw, head, request

WAYS = ["close", "reset", "half-close"]


def leave(connection, way):
    if way == "reset":
        connection.reset()
    elif way == "half-close":  # counts as gone: a vanished client looks the same until we write
        connection.socket.shutdown(1)
    else:
        connection.socket.close()


def held(gateway):
    """Requests whose money is still put aside."""
    with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM ledger WHERE state = 0").fetchone()[0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", [b"", b"POS", b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthor"],
                         ids=["connected", "in the request line", "in the head"])
def test_before_the_head_is_complete_it_was_no_request(gateway, key, sim, part, way):
    with gateway.books(sim, records=0), Raw(gateway.port) as connection:
        connection.send(part)
        leave(connection, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sent", [0, 10], ids=["after the head", "in the body"])
def test_within_the_body_there_is_a_record_and_no_call(gateway, key, sim, sent, way):
    data = json.dumps(body()).encode()
    with gateway.books(sim, records=1), Raw(gateway.port) as connection:
        connection.send(head(key, len(data)) + data[:sent])
        leave(connection, way)
    assert (gateway.records()[0]["status"], gateway.records()[0]["code"]) == (499, "client_gone")


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, sim, certificate):
    """A gateway that waits for no answer without a client, and a key of it."""
    gateway = Gateway(tmp_path_factory.mktemp("gw"), providers_of(sim, certificate), timeouts={"abandoned_ms": 0}).start()
    gateway.seed()
    yield gateway, gateway.new_key()["key"]
    assert gateway.stop() == 0, gateway.log()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order, stream", [("latency_ms=60000", False), ("ttft_ms=60000", True),
                                           ("fault=no-response", False), ("fault=no-response", True)])
def test_while_the_model_thinks_the_provider_is_hung_up_on(impatient, sim, order, stream, way):
    (gateway, key), stats = impatient, sim.stats()
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(request(key, body(f"[[sim:{order}]]", stream=stream)))
        wait_for(lambda: sim.stats()["answers_open"] > stats["answers_open"], "the provider has the request")
        leave(connection, way)
        wait_for(lambda: sim.stats()["aborted"] == stats["aborted"] + 1, "the provider sees it")
    record = gateway.records()[0]
    assert (record["complete"], record["code"]) == (False, "client_gone")
    assert record["estimated"] is True, "the model may have run: billed as an estimate"
    assert held(gateway) == 0


@pytest.mark.parametrize("way", WAYS)
def test_within_a_stream_what_was_used_is_settled(gateway, key, sim, way):
    aborted = sim.stats()["aborted"]
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(request(key, body("[[sim:output_tokens=500,inter_us=100000]]", stream=True)))
        connection.take_until(b"data: ")
        leave(connection, way)
        wait_for(lambda: sim.stats()["aborted"] == aborted + 1, "the provider sees it")
    record = gateway.records()[0]
    assert (record["complete"], record["stream"]) == (False, True)
    assert float(record["cost_usd"]) > 0 and record["attempts"][0]["outcome"] == "client_gone"
    assert held(gateway) == 0


@pytest.mark.parametrize("way", WAYS)
def test_leaving_races_the_answer_and_either_way_there_is_one_record(gateway, key, sim, way):
    with gateway.books(sim, records=20, upstream=None):
        for number in range(20):
            with Raw(gateway.port) as connection:
                connection.send(request(key, body("[[sim:latency_ms=5]]", stream=number % 2 == 0)))
                leave(connection, way)
    wait_for(lambda: held(gateway) == 0, "every hold is settled")


# -- an answer that is read all the same -------------------------------------------------------------------------------

def ask_again(gateway, key, order):
    return httpx.post(gateway.url + "/v1/chat/completions", content=json.dumps(order), timeout=60,
                      headers={"authorization": f"Bearer {key}", "idempotency-key": "order-1",
                               "content-type": "application/json"})


@pytest.mark.parametrize("way", WAYS)
def test_an_abandoned_answer_is_billed_as_counted_and_kept_for_the_retry(make_gateway, sim, way):
    gateway = make_gateway(timeouts={"abandoned_ms": 20000})
    key, aborted, open_before = gateway.new_key()["key"], sim.stats()["aborted"], sim.stats()["answers_open"]
    order = body("[[sim:latency_ms=300,input_tokens=20,output_tokens=10]]")
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(request(key, order, "idempotency-key: order-1"))
        wait_for(lambda: sim.stats()["answers_open"] > open_before, "the provider has the request")
        leave(connection, way)
    record = gateway.records()[0]
    assert (record["status"], record["code"], record["complete"]) == (499, "client_gone", False)
    assert "estimated" not in record and record["usage"]["output"] == 10
    assert sim.stats()["aborted"] == aborted and held(gateway) == 0
    with gateway.books(sim, records=1, upstream=0):
        again = ask_again(gateway, key, order)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.headers["x-tsg-original-request-id"] == record["request_id"]
    assert again.json()["usage"]["cost_usd"] == float(record["cost_usd"])


def test_patience_with_an_abandoned_answer_ends(make_gateway, sim):
    gateway = make_gateway(timeouts={"abandoned_ms": 200})
    key, aborted, open_before = gateway.new_key()["key"], sim.stats()["aborted"], sim.stats()["answers_open"]
    order = body("[[sim:latency_ms=60000]]")
    with gateway.books(sim, records=1, upstream=1), Raw(gateway.port) as connection:
        connection.send(request(key, order, "idempotency-key: order-1"))
        wait_for(lambda: sim.stats()["answers_open"] > open_before, "the provider has the request")
        leave(connection, "close")
        wait_for(lambda: sim.stats()["aborted"] == aborted + 1, "the provider sees it")
    assert gateway.records()[0]["estimated"] is True
    assert held(gateway) == 0
    assert ask_again(gateway, key, order).json()["error"]["code"] == "idempotency_indeterminate"


def test_a_shutdown_does_not_wait_longer_than_its_grace_for_an_abandoned_answer(make_gateway, sim):
    gateway = make_gateway(timeouts={"abandoned_ms": 3600000, "shutdown_grace_ms": 300})
    key, open_before = gateway.new_key()["key"], sim.stats()["answers_open"]
    with Raw(gateway.port) as connection:
        connection.send(request(key, body("[[sim:latency_ms=60000]]")))
        wait_for(lambda: sim.stats()["answers_open"] > open_before, "the provider has the request")
        leave(connection, "close")
    assert gateway.stop() == 0, gateway.log()
    assert held(gateway) == 0, "settled before the process ended"
