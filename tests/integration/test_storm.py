"""Random faults on two targets of three, from many clients, some of whom leave. Long in `scripts/soak storm`."""
import os
import random
import sqlite3
import threading
import time

import httpx
import pytest
from faults import catalogue_entry
from harness import Gateway, wait_for

SECONDS, SEED = float(os.environ.get("TSG_STORM_SECONDS", "30")), int(os.environ.get("TSG_SEED", "1"))
FAULTS = ["flap", "503", "500", "429-retry-after", "401", "reset", "reset-after-head", "cut-stream", "cut-stream-1", "stall",
          "malformed", "no-terminator", "error-event", "error-200", "html-502"]
ROUTES = 24


@pytest.fixture
def stormy(tmp_path, sim, certificate):
    dice = random.Random(SEED)
    provider = {"dialect": "openai", "base_url": sim.base_url(), "ca_file": str(certificate[0])}
    entry = catalogue_entry("chat")
    models = {f"{p}/gpt-4o-sim-{f}": entry for p in ("first", "second", "third") for f in [*FAULTS, "context-length"]}
    routes = {f"storm-{n}": {
        "attempts_max": 4, "strategy": dice.choice(["priority", "weighted", "lowest_latency"]),
        "hold_back": {"tokens": dice.choice([0, 2])},
        "targets": [f"first/gpt-4o-sim-{dice.choice(FAULTS)}", f"second/gpt-4o-sim-{dice.choice(FAULTS)}", "third/gpt-4o"]}
        for n in range(ROUTES)}
    gateway = Gateway(tmp_path, {name: provider for name in ("first", "second", "third")}, models=models, routes=routes,
                      timeouts={"first_byte_ms": 10000, "stream_idle_ms": 1500, "request_total_ms": 20000}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


def weather(gateway, key, number, until, note):
    """One client: asks and asks. `note(outcome)`."""
    dice = random.Random(SEED * 1000 + number)
    with httpx.Client(base_url=gateway.url, timeout=30, headers={"authorization": f"Bearer {key}"}) as http:
        while time.monotonic() < until:
            stream, leaves = dice.random() < 0.5, dice.random() < 0.1
            model = dice.choice([f"storm-{dice.randrange(ROUTES)}"] * 8 + ["third/gpt-4o", "third/gpt-4o-sim-context-length"])
            payload = {"model": model, "stream": stream,
                       "messages": [{"role": "user", "content": f"[[sim:output_tokens={dice.randint(1, 12)}]]"}]}
            began = time.monotonic()
            try:
                with http.stream("POST", "/v1/chat/completions", json=payload) as answer:
                    if leaves:
                        note("left")
                        continue  # closes the connection
                    text = answer.read().decode()
                if "context-length" in model:
                    assert answer.status_code == 400, text
                    note("client's own fault")
                else:
                    assert answer.status_code == 200, (model, text)  # the third is well
                    assert not stream or text.endswith("data: [DONE]\n\n"), (model, text)
                    note("complete")
            except httpx.RemoteProtocolError:
                assert stream, "only what has begun may break"
                note("cut, and says so")
            assert time.monotonic() - began < 25, "no hang past the deadline"


def test_a_storm_of_faults_leaves_nothing_behind(stormy, sim):
    print(f"storm: {SECONDS} s, seed {SEED}")
    key = stormy.new_key(models=["*", "*/*"])["key"]
    lock, outcomes, failures = threading.Lock(), {}, []

    def note(outcome):
        with lock:
            outcomes[outcome] = outcomes.get(outcome, 0) + 1

    def guarded(number):
        try:
            weather(stormy, key, number, time.monotonic() + SECONDS, note)
        except Exception as failure:  # told by the main thread
            failures.append(failure)

    clients = [threading.Thread(target=guarded, args=[n]) for n in range(6)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    print(f"storm: {outcomes}")
    assert not failures, failures
    assert outcomes.get("complete", 0) > 0

    def gauges():
        return [line for line in stormy.admin.get("/metrics").text.splitlines()
                if line.startswith(("tsg_inflight_", "tsg_provider_in_flight"))]

    wait_for(lambda: gauges() and all(line.endswith(" 0") for line in gauges()), "nothing in flight")
    wait_for(lambda: sim.stats()["answers_open"] == 0, "no answer goes on unread")
    wait_for(lambda: sim.stats()["connections_open"] <= 1, "no connection is left but this test's own")
    with sqlite3.connect(f"file:{stormy.data_dir}/tsg.db?mode=ro", uri=True) as db:
        wait_for(lambda: db.execute("SELECT count(*) FROM ledger WHERE state = 0").fetchone()[0] == 0, "no open hold")
    providers = {p["id"]: p for p in stormy.admin.get("/admin/v1/providers").json()["data"]}
    assert all(e["standing"] == "usable" and e["ejections"] == 0 for e in providers["third"]["endpoints"]), "the innocent one"
    assert any(e["ejections"] > 0 for p in ("first", "second") for e in providers[p]["endpoints"]), "the broken are set aside"
