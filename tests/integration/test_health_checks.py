"""Active health checks: a provider that is down is passed over, and used again, without a request to find out."""
import json
import os
import signal
import socket
import subprocess
import threading

import pytest
from faults import Seen
from harness import TSG, Gateway, wait_for

QUICK = "[[sim:output_tokens=3]]"


class Door:
    """A port in front of the simulator that passes bytes on while it is open, and slams everything while it is not."""

    def __init__(self, port):
        self.behind, self.is_open, self.lock, self.inside = port, True, threading.Lock(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if not self.is_open:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.behind))
                self.inside |= {client, server}
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        self._end(source, sink)

    def _end(self, *sockets):
        with self.lock:
            self.inside -= set(sockets)
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def shut(self):
        with self.lock:
            self.is_open, inside = False, list(self.inside)
        self._end(*inside)

    def open(self):
        with self.lock:
            self.is_open = True


@pytest.fixture
def door(sim):
    door = Door(sim.port)
    yield door
    door.listener.close()
    door.shut()


@pytest.fixture
def checked(tmp_path, sim, door, certificate):
    ca = {"dialect": "openai", "ca_file": str(certificate[0])}
    gateway = Gateway(tmp_path, {
        "first": {"base_url": f"https://localhost:{door.port}/openai/v1", **ca,
                  "health_check": {"interval_ms": 100, "timeout_ms": 20000}},
        "second": {"base_url": sim.base_url(), **ca}},
        routes={"smart": {"targets": ["first/gpt-4o", "second/gpt-4o"]}}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


def provider(gateway, name="first"):
    return next(p for p in gateway.admin.get("/admin/v1/providers").json()["data"] if p["id"] == name)


def until(gateway, state):
    wait_for(lambda: provider(gateway)["credentials"][0]["check"]["state"] == state, f"it is {state}")


def test_a_provider_that_is_down_is_passed_over_and_back_without_a_request_to_find_out(checked, door, sim):
    key = checked.new_key(models=["*", "*/*"])["key"]
    sim.reset()
    until(checked, "up")
    records, asked = checked.record_count(), sim.upstream_requests()
    assert provider(checked)["health"] == "ok", "nobody has asked it yet, but it is there"
    wait_for(lambda: sim.upstream_requests() > asked + 1, "more checks")
    assert checked.record_count() == records and sim.ledger()["calls"] == [], "a check is no request and costs nothing"

    door.shut()
    until(checked, "down")
    assert provider(checked)["health"] == "down"
    for stream in (False, True):
        seen = Seen(checked, key, "smart", stream, text=QUICK)
        assert seen.complete and seen.record["provider"] == "second"
        assert [a["target"] for a in seen.record["attempts"]] == ["second/gpt-4o"], "the first was not even tried"
        assert {"target": "first/gpt-4o", "reason": "in reserve: breaker open"} in seen.record["candidates"]
    alone = Seen(checked, key, "first/gpt-4o", False, text=QUICK)
    assert alone.status in (502, 503), "who wants only this one finds out by itself"

    door.open()
    until(checked, "up")
    for stream in (False, True):
        seen = Seen(checked, key, "smart", stream, text=QUICK)
        assert seen.complete and seen.record["provider"] == "first" and len(seen.record["attempts"]) == 1


def test_what_requests_had_opened_closes_when_a_check_gets_through(checked, door):
    key = checked.new_key(models=["*", "*/*"])["key"]
    until(checked, "up")
    door.shut()
    for _ in range(6):
        Seen(checked, key, "first/gpt-4o", False, text=QUICK)
    until(checked, "down")
    assert provider(checked)["endpoints"][0]["standing"] == "open"
    door.open()
    until(checked, "up")
    assert provider(checked)["endpoints"][0]["standing"] == "usable"
    assert Seen(checked, key, "smart", False, text=QUICK).record["provider"] == "first"


def test_checks_are_visible_and_follow_a_reload(checked, door):
    until(checked, "up")
    assert "check" not in provider(checked, "second")["credentials"][0]
    metrics = checked.admin.get("/metrics").text
    assert 'tsg_provider_up{provider="first",credential="main"} 1' in metrics
    assert 'tsg_provider_checks_total{provider="first",credential="main",outcome="good"}' in metrics
    assert 'tsg_provider_up{provider="second"' not in metrics
    table = subprocess.run([TSG, "provider", "health"], capture_output=True, text=True, check=True, env={
        **os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{checked.admin_port}", "TSG_ADMIN_TOKEN": checked.admin_token})
    assert any(row.split()[:5] == ["first", "(health", "check)", "main", "up"] for row in table.stdout.splitlines()), table.stdout

    door.shut()
    until(checked, "down")
    assert 'tsg_provider_up{provider="first",credential="main"} 0' in checked.admin.get("/metrics").text
    config = json.loads(checked.config.read_text())
    del config["providers"]["first"]["health_check"]
    checked.config.write_text(json.dumps(config))
    checked.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: "check" not in provider(checked)["credentials"][0], "the reload")
    wait_for(lambda: provider(checked)["health"] == "unknown", "nothing is held against it any more")
