"""Starts the simulator and the gateway as processes, and speaks to them as their users do."""
import contextlib
import json
import os
import pathlib
import queue
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
TSG = os.environ.get("TSG_BIN", str(ROOT / "build/dev/tsg"))
SIM = os.environ.get("TSG_SIM_BIN", str(ROOT / "build/dev/tsg-sim"))
START_SECONDS = 60  # a sanitizer build on a busy machine
MODEL = "gpt-4o"


def wait_for(condition, what, seconds=30):
    """The value of `condition` as soon as it is true; fails with `what`."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Process:
    """A child whose output is kept line by line."""

    def __init__(self, args, ready, env=None):
        self.lines = []
        self.arrived = queue.Queue()
        self.child = subprocess.Popen(
            args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env={**os.environ, **(env or {})})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.match = self._wait_ready(re.compile(ready), args)

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line)
            self.arrived.put(line)
        self.arrived.put(None)

    def _wait_ready(self, pattern, args):
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                line = self.arrived.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.kill()
                raise RuntimeError(f"{args} did not start:\n{self.output()}")
            if found := pattern.search(line):
                return found

    def output(self):
        return "".join(self.lines)

    def running(self):
        return self.child.poll() is None

    def stop(self, seconds=40):
        if self.running():
            self.child.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=40):
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.reader.join(5)
        return code

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.reader.join(5)


def make_certificate(folder):
    """A self-signed certificate for `localhost` and nothing else; it is its own trust anchor."""
    cert, key = folder / "sim.pem", folder / "sim.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=tsg-test", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True)
    return cert, key


class Sim(Process):
    def __init__(self, certificate=None, key=None, *more):
        args = [SIM, "--listen", "127.0.0.1:0", *more]
        if certificate:
            args += ["--tls-cert", str(certificate), "--tls-key", str(key)]
        super().__init__(args, r"listening on 127\.0\.0\.1:(\d+)")
        self.port = int(self.match[1])
        self.tls = bool(certificate)
        scheme = "https" if certificate else "http"
        self.control = httpx.Client(base_url=f"{scheme}://127.0.0.1:{self.port}", verify=False, timeout=30)

    def base_url(self, host="localhost", path="/openai/v1"):
        return f"{'https' if self.tls else 'http'}://{host if self.tls else '127.0.0.1'}:{self.port}{path}"

    def idle(self):
        """Waits until no answer is under way: a call is billed after its last byte, which the client may have
        read before. Answers that hang on purpose are waited for in vain, and not for long."""
        until = time.monotonic() + 3
        while self.stats()["answers_open"] > 0 and time.monotonic() < until:
            time.sleep(0.01)

    def ledger(self):
        self.idle()
        return self.control.get("/_sim/ledger").json()

    def stats(self):
        return self.control.get("/_sim/stats").json()

    def reset(self):
        self.idle()
        self.control.delete("/_sim/ledger")

    def upstream_requests(self):
        """How many requests came in, whatever was answered; questions about the simulator itself do not count."""
        return self.stats()["requests"]


def write_secret(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(value + "\n")
    return path


class Gateway:
    """One configuration and data directory; may be started, killed and started again."""

    def __init__(self, folder, providers, durability="process", **top):
        self.folder = folder
        self.data_dir = folder / "data"
        self.provider_key = "sk-canary-provider-" + secrets.token_hex(16)
        self.admin_token = "canary-admin-" + secrets.token_hex(24)
        write_secret(folder / "secrets/pepper", secrets.token_hex(32))
        write_secret(folder / "secrets/master", secrets.token_hex(32))
        write_secret(folder / "secrets/admin", self.admin_token)
        write_secret(folder / "secrets/provider", self.provider_key)
        config = {
            "listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0", "data_dir": str(self.data_dir),
            "durability": durability,
            "secrets": {"key_pepper": "file:secrets/pepper", "master_key": "file:secrets/master",
                        "admin_token": "file:secrets/admin"},
            "providers": {
                name: {**p, "credentials": [{"name": "main", "key": "file:secrets/provider"}]}
                for name, p in providers.items()},
            **top}
        self.config = folder / "tsg.yaml"
        self.config.write_text(json.dumps(config, indent=1))  # JSON is YAML
        self.logs = []
        self.process = None
        self.within = []  # a command that runs the gateway in surroundings of its own

    def start(self):
        self.process = Process([*self.within, TSG, "serve", "--config", str(self.config)],
                               r"listening on 127\.0\.0\.1:(\d+), admin on 127\.0\.0\.1:(\d+)")
        self.logs.append(self.process)
        self.port, self.admin_port = int(self.process.match[1]), int(self.process.match[2])
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin = httpx.Client(base_url=f"http://127.0.0.1:{self.admin_port}", timeout=60,
                                  headers={"authorization": f"Bearer {self.admin_token}"})
        return self

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def log(self):
        return "".join(p.output() for p in self.logs)

    def seed(self, org="acme", team="web"):
        self.create("/admin/v1/orgs", id=org, name=org)
        self.create(f"/admin/v1/orgs/{org}/teams", id=team, name=team)

    def create(self, path, **body):
        answer = self.admin.post(path, json=body)
        assert answer.status_code == 201, (path, answer.status_code, answer.text)
        return answer.json()

    def new_key(self, models=("*", "openai/*"), **more):
        return self.create("/admin/v1/keys", org="acme", team="web", environment="test", name="test",
                           allowed_models=list(models), **more)

    def record(self, request_id):
        answer = self.admin.get(f"/admin/v1/audit/{request_id}")
        assert answer.status_code == 200, (request_id, answer.text)
        return answer.json()

    def records(self, **filters):
        """Newest first, at most 1000 or `limit`: a look that was cut short is followed."""
        limit, rows, cursor = filters.pop("limit", 1000), [], {}
        while len(rows) < limit:
            page = self.admin.get("/admin/v1/audit", params={"limit": limit - len(rows), **filters, **cursor}).json()
            rows += page["data"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        return rows

    def record_count(self):
        with sqlite3.connect(f"file:{self.data_dir}/tsg.db?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM audit_record").fetchone()[0]

    @contextlib.contextmanager
    def books(self, sim, records, upstream=0):
        """What happens inside leaves exactly so many audit records, and so many requests at the provider."""
        before, sent = self.record_count(), sim.upstream_requests()
        yield
        wait_for(lambda: self.record_count() >= before + records, f"{records} audit records")
        assert self.record_count() == before + records
        assert upstream is None or sim.upstream_requests() == sent + upstream

    def verify(self, data_dir=None):
        """(exit code, what it printed)"""
        done = subprocess.run([TSG, "audit", "verify", "--data-dir", str(data_dir or self.data_dir)],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def body(text="Say hello.", model=MODEL, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def raw_post(port, key, payload, path="/v1/chat/completions"):
    """A socket with the request written and nothing read."""
    data = json.dumps(payload).encode()
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall((f"POST {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\n"
                        f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n").encode() + data)
    return connection


def read_all(connection):
    data = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece
