"""What a failed first target costs the client beyond the failed attempt itself (at most 1 ms is promised).

One request in four meets a 500 at the first target and is answered by the second: too few to open a breaker.
"""
import http.client
import json
import statistics
import time

from faults import catalogue_entry
from harness import Gateway

ROUNDS = 400


class Line:
    """One keep-alive connection; `ask` gives microseconds."""

    def __init__(self, port, path, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.path, self.key = path, key

    def ask(self, model, text, status):
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": f"[[sim:output_tokens=20]] {text}"}]})
        began = time.perf_counter_ns()
        self.connection.request("POST", self.path, body, {"authorization": f"Bearer {self.key}", "content-type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        took = (time.perf_counter_ns() - began) / 1000
        assert answer.status == status, (model, answer.status)
        return took, answer.headers.get("x-tsg-attempts")


def failover_row(folder, sim):
    """The row and its gateway, still running."""
    provider = {"dialect": "openai", "base_url": sim.base_url()}
    gateway = Gateway(folder, {"first": provider, "second": provider}, durability="process",
                      models={"first/gpt-4o-sim-500-once": catalogue_entry("chat")},
                      routes={"smart": {"targets": ["first/gpt-4o-sim-500-once", "second/gpt-4o"]}}).start()
    gateway.seed()
    line = Line(gateway.port, "/v1/chat/completions", gateway.new_key(models=["*", "*/*"])["key"])
    direct = Line(sim.port, "/openai/v1/chat/completions", "k")
    line.ask("smart", "known", 200)
    known, moved, failed = [], [], []
    for n in range(ROUNDS):
        for _ in range(3):
            took, attempts = line.ask("smart", "known", 200)
            assert attempts == "1"
            known.append(took)
        took, attempts = line.ask("smart", f"fresh {n}", 200)
        assert attempts == "2", "the first target has failed, and nothing else"
        moved.append(took)
        failed.append(direct.ask("gpt-4o-sim-500", "x", 500)[0])
    row = {"name": "failover", "first_target_us": statistics.median(known), "second_target_us": statistics.median(moved),
           "failed_attempt_us": statistics.median(failed), "answers": 4 * ROUNDS + 1}
    row["failover_adds_us"] = row["second_target_us"] - row["first_target_us"] - row["failed_attempt_us"]
    return row, gateway
