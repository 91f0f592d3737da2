"""Restarts on a listening socket that systemd holds: clients that go on all the while notice nothing but a pause.
`scripts/soak restarts` runs it longer (TSG_RESTART_ROUNDS)."""
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import threading
import time

from conftest import providers_of
from harness import TSG, Gateway, body, wait_for

ROUNDS = int(os.environ.get("TSG_RESTART_ROUNDS", "4"))
CLIENTS = 8  # half of them keep their connection


class Caller(threading.Thread):
    """Asks without a pause. A request is lost if it was sent whole and its connection ends without a whole answer."""

    def __init__(self, port, key, keeps):
        super().__init__(daemon=True)
        self.port, self.keeps = port, keeps
        data = json.dumps(body()).encode()
        close = "" if keeps else "connection: close\r\n"
        self.request = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\n{close}"
                        f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n").encode() + data
        self.connection, self.over = None, threading.Event()
        self.answers, self.lost, self.slowest = 0, [], 0.0

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                self.one()
            except OSError as e:
                self.lost.append(repr(e))
                self.drop()
            self.slowest = max(self.slowest, time.monotonic() - began)

    def drop(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def one(self):
        # A kept connection that was closed between two requests is no loss: who looks before sending knows it.
        if self.connection and select.select([self.connection], [], [], 0)[0]:
            self.drop()
        if not self.connection:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.connection.sendall(self.request)
        head, rest = self.read_head()
        size = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
        while len(rest) < size:
            rest += self.more(f"{len(rest)} of {size} bytes of an answer")
        if head.startswith(b"HTTP/1.1 200 "):
            self.answers += 1
        else:
            self.lost.append((head.split(b"\r\n", 1)[0] + b" " + rest).decode())
        if not self.keeps or b"connection: close" in head.lower():
            self.drop()

    def read_head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.more(f"{len(data)} bytes of a head")
        return data.split(b"\r\n\r\n", 1)

    def more(self, had):
        piece = self.connection.recv(65536)
        if not piece:
            raise ConnectionError(f"the connection ended after {had}")
        return piece


class Inheriting:
    """The gateway as systemd starts it: its clients' socket is descriptor 3."""

    def __init__(self, gateway, listening):
        script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" serve --config "$1" 3<&' + str(listening.fileno())
        self.log = open(gateway.folder / "log", "ab+")
        began = self.log.seek(0, os.SEEK_END)
        self.child = subprocess.Popen(["bash", "-c", script, TSG, str(gateway.config)], stdout=self.log,
                                      stderr=subprocess.STDOUT, pass_fds=[listening.fileno()])

        def listens():
            self.log.seek(began)
            said = self.log.read().decode(errors="replace")
            assert self.child.poll() is None, said
            return re.search(r"listening on .*, admin on 127\.0\.0\.1:(\d+)", said)

        self.admin_port = int(wait_for(listens, "the gateway listens")[1])

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(60)
        self.log.close()
        return code


def test_restarts_on_an_inherited_socket_lose_no_request(tmp_path, sim, certificate):
    gateway = Gateway(tmp_path, providers_of(sim, certificate)).start()
    gateway.seed()
    key = gateway.new_key()["key"]
    assert gateway.stop() == 0
    moments = random.Random(int(os.environ.get("TSG_SEED", "1")))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(4096)
        callers = [Caller(listening.getsockname()[1], key, keeps=n % 2 == 0) for n in range(CLIENTS)]
        running = Inheriting(gateway, listening)
        try:
            for caller in callers:
                caller.start()
            for _ in range(ROUNDS):
                before = [caller.answers for caller in callers]
                wait_for(lambda: all(c.answers > b for c, b in zip(callers, before)), "everybody is served")
                time.sleep(moments.uniform(0, 0.2))
                assert running.stop() == 0
                running = Inheriting(gateway, listening)
            before = [caller.answers for caller in callers]
            wait_for(lambda: all(c.answers > b for c, b in zip(callers, before)), "everybody is served at the end")
        finally:
            for caller in callers:
                caller.over.set()
            for caller in callers:
                caller.join(60)
            assert running.stop() == 0
    answers, lost = sum(c.answers for c in callers), [loss for c in callers for loss in c.lost]
    print(f"{ROUNDS} restarts: {answers} answers, {len(lost)} lost, slowest {max(c.slowest for c in callers):.2f} s")
    assert not lost, lost[:5]
    code, text = gateway.verify()
    assert code == 0, text
