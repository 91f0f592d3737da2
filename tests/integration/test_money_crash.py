"""kill -9 under mixed load, again and again: the books against the bill of the simulator, row by row.

Every request has a number that the bill shows (its input tokens) and the ledger shows too (its hold), so that nothing
is compared as a sum only. TSG_KILL_ROUNDS and TSG_SEED change length and moments; scripts/soak runs 500 rounds."""
import collections
import os
import random
import threading
import time

import httpx
from harness import raw_post, wait_for
from money import IN, OUT, bill, hold_of, ledger, order, usd

WORKERS = 8


class Load:
    """Plain answers, streams, clients that leave, and retries with an Idempotency-Key, until the gateway is killed."""

    def __init__(self, gateway, key, first):
        self.gateway, self.key = gateway, key
        self.lock, self.next, self.answered = threading.Lock(), first, 0
        self.stop = threading.Event()
        self.pending = []  # (number, payload) of idempotent requests without an answer
        self.threads = [threading.Thread(target=self.run, args=[n]) for n in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def number(self):
        with self.lock:
            self.next += 1
            return self.next

    def run(self, worker):
        with httpx.Client(base_url=self.gateway.url, timeout=20,
                          headers={"authorization": f"Bearer {self.key}"}) as http:
            while not self.stop.is_set():
                n = self.number()
                payload = request(n, stream=worker % 2 == 1)
                try:
                    if worker % 4 == 3:
                        self.leave(payload, n)
                    elif worker % 4 == 2:
                        self.pending.append((n, payload))
                        self.count(ask(http, n, payload))
                        self.pending.remove((n, payload))
                    else:
                        self.count(http.post("/v1/chat/completions", json=payload))
                except (httpx.HTTPError, OSError):
                    if self.stop.wait(0.01) or not self.gateway.process.running():
                        return

    def leave(self, payload, n):
        connection = raw_post(self.gateway.port, self.key, payload)
        if n % 2:
            connection.recv(300)
        connection.close()

    def count(self, answer):
        if answer.status_code == 200:
            with self.lock:
                self.answered += 1

    def kill_after(self, seconds):
        wait_for(lambda: self.answered, "a first answer")
        time.sleep(seconds)
        self.gateway.kill()
        self.stop.set()
        for thread in self.threads:
            thread.join()


def request(n, stream):
    """The text has at least as many bytes as the bill will have tokens: as with any honest provider."""
    made = order(5 + n % 20, n, 100 + n, stream=stream)
    made["messages"][0]["content"] += "." * n
    return made


def ask(http, n, payload):
    return http.post("/v1/chat/completions", json=payload, headers={"idempotency-key": f"order-{n}"})


def retry(gateway, key, pending):
    """What a careful client does after the restart: the same key again, until there is an answer."""
    outcomes = []
    with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
        for n, payload in pending:
            def once():
                answer = ask(http, n, payload)
                code = answer.json()["error"]["code"] if answer.status_code == 409 else ""
                return None if code == "idempotency_in_progress" else (answer.status_code, code)
            outcomes.append(wait_for(once, f"an outcome of order-{n}"))
    return outcomes


def compare(gateway, sim, base, key_id):
    """Zero lost, zero double; where the books are above the bill, the row says that it is an estimate."""
    wait_for(lambda: not ledger(gateway, "state = 0"), "all holds are settled")
    calls, total = bill(sim)
    billed = {}
    for call in calls:
        n = call["usage"]["prompt_tokens"]
        assert n not in billed, f"request {n} was bought twice"
        billed[n] = int(call["cost_usd"] * 10**9)
    settled = {}
    for row in ledger(gateway, "state = 1 AND key_id = ?", key_id):
        n, rest = divmod(row["hold"] - base, IN + OUT)
        assert rest == 0, row
        assert n not in settled, f"request {n} was settled twice"
        settled[n] = row
    for n, cost in billed.items():
        assert n in settled, f"request {n} was billed and is not in the books"
        row = settled[n]
        assert row["cost"] >= cost, (n, cost, row["cost"])
        assert row["cost"] == cost or row["estimated"], (n, cost, row["cost"])
    for n, row in settled.items():
        assert n in billed or row["estimated"], f"request {n} is in the books and was never billed"
    books = sum(r["cost"] for r in settled.values())
    assert books >= total
    above = [r for n, r in settled.items() if r["cost"] != billed.get(n, 0)]
    assert books - total == sum(r["cost"] - billed.get((r["hold"] - base) // (IN + OUT), 0) for r in above)
    return {"calls at the provider": len(calls), "its bill": f"{usd(total)} USD",
            "rows settled": len(settled), "books": f"{usd(books)} USD",
            "rows equal to the bill": len(settled) - len(above), "rows above it, all estimated": len(above),
            "holds released": len(ledger(gateway, "state = 2 AND key_id = ?", key_id)),
            "lost": 0, "double": 0}  # asserted above, one by one


def test_kill_9_under_mixed_load_keeps_the_books(make_gateway, sim):
    gateway = make_gateway()
    free = gateway.new_key()["key"]
    base = hold_of(gateway, free, request(0, False))
    made = gateway.new_key(monthly_budget_usd="1000000")
    rounds, seed = int(os.environ.get("TSG_KILL_ROUNDS", "20")), int(os.environ.get("TSG_SEED", "1"))
    print(f"kill -9: {rounds} rounds, seed {seed}")
    moments = random.Random(seed)
    sim.reset()
    number, outcomes = 1, []
    for done in range(1, rounds + 1):
        load = Load(gateway, made["key"], number)
        load.kill_after(moments.uniform(0.05, 0.6))
        number = load.next
        gateway.start()
        outcomes += retry(gateway, made["key"], load.pending)
        if done % 50 == 0:
            print(f"kill -9: {done} rounds, {number} requests", flush=True)
    assert {o for o in outcomes} <= {(200, ""), (409, "idempotency_indeterminate")}, set(outcomes)
    table = {"rounds": rounds, "seed": seed, "requests": number, **compare(gateway, sim, base, made["id"])}
    code, text = gateway.verify()
    assert code == 0, text
    table |= {f"retries of an idempotency key: {what or 'answered'}": count
              for (_, what), count in sorted(collections.Counter(outcomes).items())}
    for name, value in table.items():
        print(f"{name:60}{value}")
