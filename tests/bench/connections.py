"""What more connections bring, and what one connection waits for: both have bars, since both were once bad between
the points that were measured."""
import gc
import json
import socket
import statistics
import sys
import time

from harness import body
from load import PROMPT, cpu_seconds, wrk

CONNECTIONS = (1, 2, 4, 6, 8, 16, 32, 64, 128)
ROUNDS = 5
RATE_LEAST, P50_MOST = 0.9, 2.0  # of the best with fewer connections; at 8 connections, of that at 6
P99_MOST, P999_MOST = 4.0, 10.0  # of nginx's, at one connection


def curve(folder, proxy, key, seconds):
    """Medians of rounds that go up and down by turns, so that a machine that gets slower favours no row."""
    seen = {n: [] for n in CONNECTIONS}
    for number in range(ROUNDS):
        for n in CONNECTIONS[::1 if number % 2 == 0 else -1]:
            before = cpu_seconds(proxy.pid)
            got = wrk(folder, proxy, key, n, seconds)
            got["cpu_us"] = (cpu_seconds(proxy.pid) - before) / max(got["answers"], 1) * 1e6
            seen[n].append(got)
    rows = [{"connections": n,
             "requests_per_second": statistics.median(g["answers"] / g["us"] * 1e6 for g in got),
             **{name: statistics.median(g[name] for g in got) for name in ("p50_us", "p99_us", "cpu_us")}}
            for n, got in seen.items()]
    every = [g for got in seen.values() for g in got]
    return {"rows": rows, "answers": sum(g["answers"] for g in every), "bad": sum(g["bad"] for g in every)}


def curve_holds(name, rows):
    good, best = True, 0.0
    for row in rows:
        rate = row["requests_per_second"]
        if rate < RATE_LEAST * best:
            good = False
            print(f"FAILED {name}: {row['connections']} connections get {rate:.0f} req/s, fewer got {best:.0f}", file=sys.stderr)
        best = max(best, rate)
    p50 = {row["connections"]: row["p50_us"] for row in rows}
    if p50[8] > P50_MOST * p50[6]:
        good = False
        print(f"FAILED {name}: p50 {p50[8]:.0f} us at 8 connections, {p50[6]:.0f} at 6", file=sys.stderr)
    return good


class Lone:
    """One client on one connection; each request is sent when the answer to the one before it is there."""

    def __init__(self, proxy, key):
        data = json.dumps(body(PROMPT)).encode()
        self.request = (f"POST {proxy.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
                        f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n").encode() + data
        self.connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.times, self.bad = [], 0
        self.size = None

    def ask(self):
        began = time.perf_counter_ns()
        self.connection.sendall(self.request)
        answer = self.connection.recv(65536)
        while not complete(answer):
            answer += self.connection.recv(65536)
        self.times.append((time.perf_counter_ns() - began) / 1000)
        self.bad += not answer.startswith(b"HTTP/1.1 200 ")

    def percentile(self, part):
        return sorted(self.times)[min(len(self.times) - 1, int(part * len(self.times)))]


def complete(answer):
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = answer[:end].lower()
    at = head.find(b"content-length: ")
    if at < 0:
        return answer.endswith(b"0\r\n\r\n")
    return len(answer) >= end + 4 + int(head[at + 16:].split(b"\r\n", 1)[0])


def tails(lone, seconds):
    """`lone`: clients by name, which take turns of half a second."""
    gc.disable()
    for _ in range(max(1, seconds)):
        for client in lone.values():
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                client.ask()
    gc.enable()
    return {name: {"answers": len(c.times), "bad": c.bad, "p50_us": c.percentile(0.5), "p99_us": c.percentile(0.99),
                   "p999_us": c.percentile(0.999), "max_us": max(c.times)} for name, c in lone.items()}


def tails_hold(ours, nginx):
    good = True
    for name, most in (("p99_us", P99_MOST), ("p999_us", P999_MOST)):
        if ours[name] > most * nginx[name]:
            good = False
            print(f"FAILED one connection: {name} {ours[name]:.0f}, nginx {nginx[name]:.0f}: more than {most} times", file=sys.stderr)
    return good
