"""Clients that leave at every stage: nothing stays open, what was spent is settled, each request has its record."""
import json
import sqlite3

import pytest
from harness import body, wait_for
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


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order, stream", [("latency_ms=60000", False), ("ttft_ms=60000", True),
                                           ("fault=no-response", False), ("fault=no-response", True)])
def test_while_the_model_thinks_the_provider_is_hung_up_on(gateway, key, sim, order, stream, way):
    stats = sim.stats()
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
