"""Every fault of the simulator, in every dialect, and one answer as the client saw it on the wire."""
import json
import socket
import sqlite3
import subprocess

from harness import ROOT, read_all, wait_for

# Client's fault: asking elsewhere would change nothing.
CLIENT = ["context-length"]
# Nothing of the answer exists yet: the second target must serve.
BEFORE = ["429", "429-retry-after", "quota", "401", "500", "503", "529", "reset", "reset-after-head", "no-response",
          "error-200", "error-event-first", "html-502", "slow-first-9000", "cut-stream-1"]
# A 200, but the provider says itself that it failed before it had produced anything.
TOLD = ["error-200", "error-event-first"]
# Something of a streamed answer may have reached the client: then an error event is all that is left.
DURING = ["cut-stream", "stall", "malformed", "no-terminator", "error-event"]
HARMLESS = ["content-filter", "usage-missing", "prefill-refused"]  # the last needs a trailing assistant turn
FAULTS = CLIENT + BEFORE + DURING + HARMLESS

# name: path of the base URL, model, more of the provider's configuration
DIALECTS = {
    "chat": ("/openai/v1", "gpt-4o", {"dialect": "openai"}),
    "responses": ("/openai/v1", "gpt-5.3-codex", {"dialect": "openai", "api": "responses"}),
    "anthropic": ("/anthropic", "claude-opus-5", {"dialect": "anthropic"}),
    "gemini": ("/gemini", "gemini-3.8-flash", {"dialect": "gemini"}),
    "xai": ("/xai/v1", "grok-4.5", {"dialect": "xai"}),
    "agent": ("/perplexity", "perplexity/sonar", {"dialect": "perplexity"}),
    "sonar": ("/perplexity", "sonar", {"dialect": "perplexity-sonar"}),
}
WORDS = "[[sim:output_tokens=40,inter_us=2000]]"  # one write for each event


def catalogue_entry(name):
    vendor = {"dialect": "perplexity"} if name in ("agent", "sonar") else DIALECTS[name][2]
    for entry in json.loads((ROOT / "config/catalog.json").read_text())["models"]:
        if entry["provider"] == vendor["dialect"] and entry["id"] == DIALECTS[name][1]:
            return {k: v for k, v in entry.items() if k not in ("provider", "id", "aliases")}
    raise KeyError(name)


def expired_certificate(folder):
    """As harness.make_certificate, but its time is up."""
    cert, key, request = folder / "old.pem", folder / "old.key", folder / "old.csr"
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tsg-test",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(request)],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "-1", "-copy_extensions",
                    "copy", "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def post_and_close(port, key, payload):
    """As raw_post, on a connection that ends with the answer."""
    data = json.dumps(payload).encode()
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall((f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\n"
                        f"content-type: application/json\r\nconnection: close\r\ncontent-length: {len(data)}\r\n\r\n"
                        ).encode() + data)
    return connection


class Seen:
    """One answer as raw bytes, taken apart, and its audit record."""

    def __init__(self, gateway, key, model, stream, text=WORDS, **more):
        payload = {"model": model, "stream": stream, "messages": [{"role": "user", "content": text}], **more}
        data = read_all(post_and_close(gateway.port, key, payload))
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        self.request_id = self.headers["x-request-id"]
        self.chunked_end = body.endswith(b"0\r\n\r\n")
        self.stream = b"text/event-stream" in head
        self.text, self.error, self.done, self.answer_id = "", None, False, ""
        if self.stream:
            self._read_stream(body)
        else:
            answer = json.loads(body)
            self.error = answer.get("error")
            if "choices" in answer:
                self.text, self.done, self.answer_id = answer["content"], True, answer["id"]
        self.record = wait_for(lambda: next(iter(gateway.records(request_id=self.request_id)), None), "a record")

    def _read_stream(self, body):
        events = []
        while body:  # chunks
            size, _, body = body.partition(b"\r\n")
            if not size or int(size, 16) == 0:
                break
            events.append(body[:int(size, 16)])
            body = body[int(size, 16) + 2:]
        for line in b"".join(events).decode().split("\n"):
            if not line.startswith("data: "):
                continue
            if line == "data: [DONE]":
                self.done = True
                continue
            event = json.loads(line[6:])
            self.error = event.get("error", self.error)
            for choice in event.get("choices", []):
                self.text += choice.get("delta", {}).get("content") or ""

    @property
    def complete(self):
        return self.done and self.error is None and (self.chunked_end or not self.stream)

    @property
    def clear_error(self):
        return self.error is not None and not self.done and not (self.stream and self.chunked_end)

    @property
    def words(self):
        return " ".join(self.text.split())


def ledger_rows(gateway, request_id):
    """[(state, cost)]: 0 = held, 1 = settled, 2 = released."""
    with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
        return db.execute("SELECT state, coalesce(cost, 0) FROM ledger WHERE request_id = ?",
                          [bytes.fromhex(request_id.replace("-", ""))]).fetchall()
