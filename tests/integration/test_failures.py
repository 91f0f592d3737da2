"""Streams that break, clients that leave, a gateway that is stopped or killed."""
import os
import random
import shutil
import sqlite3
import threading
import time

import httpx
import openai
import pytest
from harness import body, raw_post, read_all, wait_for

SLOW = "[[sim:output_tokens=60,inter_us=50000]]"  # 3 s


# -- streams -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("fault", ["cut-stream", "no-terminator-3", "error-event"])
def test_a_broken_stream_is_an_error_to_the_sdk(client, fault):
    stream = client.chat.completions.create(
        model="gpt-4o", stream=True, messages=[{"role": "user", "content": f"[[sim:output_tokens=50,fault={fault}]]"}])
    with pytest.raises((openai.APIError, httpx.HTTPError)):
        for _ in stream:
            pass


def test_a_broken_stream_has_no_end_on_the_wire(gateway, key):
    connection = raw_post(gateway.port, key, body("[[sim:output_tokens=50,fault=cut-stream]]", stream=True))
    data = read_all(connection)
    assert b" 200 " in data.split(b"\r\n", 1)[0] and b'data: {"error":' in data
    assert b"[DONE]" not in data and b'"finish_reason":"stop"' not in data
    assert not data.endswith(b"0\r\n\r\n"), "the terminating chunk would make it look whole"


def test_a_client_that_leaves_stops_the_provider(gateway, key, sim):
    sim.reset()
    connection = raw_post(gateway.port, key, body("[[sim:output_tokens=400,inter_us=20000]]", stream=True))
    head = connection.recv(65536)
    while b"data: " not in head:
        head += connection.recv(65536)
    connection.close()
    call = wait_for(lambda: next((c for c in sim.ledger()["calls"] if not c["complete"]), None), "the call is cut", 5)
    request_id = next(line for line in head.decode().splitlines() if line.lower().startswith("x-request-id:"))
    request_id = request_id.split(":", 1)[1].strip()
    record = wait_for(lambda: next(iter(gateway.records(request_id=request_id)), None), "its record")
    assert record["complete"] is False
    assert float(record["cost_usd"]) > 0 and call["cost_usd"] > 0
    with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
        rows = db.execute("SELECT state, cost, estimated FROM ledger WHERE request_id = ?",
                          [bytes.fromhex(request_id.replace("-", ""))]).fetchall()
    assert rows and rows[0][0] == 1 and rows[0][1] > 0


# -- stop and kill -----------------------------------------------------------------------------------------------------

def test_sigterm_lets_a_running_stream_finish(make_gateway):
    gateway = make_gateway()
    connection = raw_post(gateway.port, gateway.new_key()["key"], body(SLOW, stream=True))
    first = connection.recv(65536)
    gateway.process.child.terminate()
    time.sleep(0.3)
    late = httpx.get(gateway.url + "/readyz", timeout=30)  # nobody new, and they are told
    assert late.status_code == 503 and int(late.headers["retry-after"]) >= 1
    data = first + read_all(connection)
    assert b"[DONE]" in data and data.endswith(b"0\r\n\r\n")
    assert gateway.process.wait() == 0
    assert gateway.verify()[0] == 0


def load(gateway, key, seconds, threads=8):
    """(id, streamed?) of the answers that were received complete until the gateway went."""
    received, lock, stop = [], threading.Lock(), threading.Event()

    def run(number):
        with httpx.Client(base_url=gateway.url, timeout=10, verify=False,
                          headers={"authorization": f"Bearer {key}"}) as http:
            while not stop.is_set():
                streamed = number % 2 == 1
                try:
                    answer = http.post("/v1/chat/completions", json=body("[[sim:output_tokens=5]]", stream=streamed))
                except httpx.HTTPError:
                    return
                if answer.status_code == 200 and (not streamed or answer.text.endswith("data: [DONE]\n\n")):
                    with lock:
                        received.append((answer.headers["x-request-id"], streamed))

    workers = [threading.Thread(target=run, args=[n]) for n in range(threads)]
    for worker in workers:
        worker.start()
    wait_for(lambda: received, "a first answer")  # the moment of the kill counts from here
    time.sleep(seconds)
    gateway.kill()
    stop.set()
    for worker in workers:
        worker.join()
    return received


def ids_in_log(gateway):
    with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
        return {row[0] for row in db.execute("SELECT json_extract(bytes, '$.request_id') FROM audit_record")}


def kill_series(gateway, key, rounds, seconds):
    """kill -9 under load and restart: the log verifies, no answer that was received lacks its record, no hold stays."""
    total = {False: 0, True: 0}
    for number in range(rounds):
        received = load(gateway, key, seconds(number))
        gateway.start()
        code, text = gateway.verify()
        assert code == 0, f"round {number}: {text}"
        missing = {id for id, _ in received} - ids_in_log(gateway)
        assert not missing, f"round {number}: {len(missing)} of {len(received)} answers have no record"
        with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
            assert db.execute("SELECT count(*) FROM ledger WHERE state = 0").fetchone()[0] == 0, "money still put aside"
        for _, streamed in received:
            total[streamed] += 1
    return total


def test_kill_9_under_load_loses_no_record(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    rounds, seed = int(os.environ.get("TSG_KILL_ROUNDS", "10")), int(os.environ.get("TSG_SEED", "1"))
    print(f"kill -9: {rounds} rounds, seed {seed}")
    moments = random.Random(seed)
    answers = kill_series(gateway, key, rounds, lambda n: moments.uniform(0.1, 1.0))
    print(f"kill -9: {answers[False]} whole answers and {answers[True]} streams, each with its record")
    assert min(answers.values()) > rounds, "hardly any load"
    assert httpx.post(gateway.url + "/v1/chat/completions", json=body(), timeout=60,
                      headers={"authorization": f"Bearer {key}"}).status_code == 200


# -- tampering ---------------------------------------------------------------------------------------------------------

@pytest.fixture
def stopped(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    for _ in range(5):
        httpx.post(gateway.url + "/v1/chat/completions", json=body(), timeout=60,
                   headers={"authorization": f"Bearer {key}"})
    gateway.stop()
    assert gateway.verify()[0] == 0
    return gateway


@pytest.mark.parametrize("sql", [
    "UPDATE audit_record SET bytes = replace(bytes, 'gpt-4o', 'gpt-4x') WHERE seq = 5",
    "UPDATE audit_record SET hash = zeroblob(32) WHERE seq = 5",
    "DELETE FROM audit_record WHERE seq = 5",
])
def test_tampering_is_found_and_the_record_named(stopped, tmp_path, sql):
    copy = tmp_path / "data"
    shutil.copytree(stopped.data_dir, copy)
    with sqlite3.connect(copy / "tsg.db") as db:
        assert db.execute(sql).rowcount == 1
    code, text = stopped.verify(copy)
    assert code == 1 and "record 5" in text, text


def test_a_cut_off_tail_is_found(stopped, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(stopped.data_dir, copy)
    with sqlite3.connect(copy / "tsg.db") as db:
        db.execute("DELETE FROM audit_record WHERE seq = (SELECT max(seq) FROM audit_record)")
    assert stopped.verify(copy)[0] == 1
