"""100,000 keys in 1,000 teams, as the process has them: start-up, memory, authentication, creating one more.

Called by `scripts/bench micro`. TSG_BENCH_KEYS (100000) and TSG_BENCH_CREATES (1000) bound it: some two minutes.
"""
import http.client
import json
import os
import pathlib
import secrets
import sqlite3
import statistics
import string
import sys
import tempfile
import time

from harness import Gateway
from streams import rss_mb

KEYS = int(os.environ.get("TSG_BENCH_KEYS", "100000"))
TEAMS = max(1, KEYS // 100)
CREATES = int(os.environ.get("TSG_BENCH_CREATES", "1000"))
REQUESTS = 3000
BASE62 = string.digits + string.ascii_letters


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def started(gateway):
    """(seconds to the first line that says it listens, MB after it)"""
    before = time.monotonic()
    gateway.start()
    return time.monotonic() - before, rss_mb(gateway.process.child.pid)


def multiply(database, key_id):
    """The one key there is, KEYS times, over TEAMS teams. Answers the characters a key's strings hold on average."""
    characters = 0
    with sqlite3.connect(database) as db:
        document = json.loads(db.execute("SELECT json FROM document WHERE kind='key' AND id=?", (key_id,)).fetchone()[0])
        team = json.loads(db.execute("SELECT json FROM document WHERE kind='team'").fetchone()[0])

        def rows():
            nonlocal characters
            for i in range(TEAMS):
                yield "team", f"acme.team-{i}", json.dumps({**team, "id": f"acme.team-{i}"}, separators=(",", ":"))
            for i in range(KEYS):
                key = {**document, "id": "key_" + "".join(secrets.choice(BASE62) for _ in range(20)), "name": f"app-{i}",
                       "team": f"team-{i % TEAMS}", "secrets": [{"digest": secrets.token_hex(32)}]}
                characters += sum(len(key[n]) for n in ("id", "org", "team", "environment", "name", "display"))
                characters += sum(map(len, key["allowed_models"]))
                yield "key", key["id"], json.dumps(key, separators=(",", ":"), ensure_ascii=False)
        for kind, name, text in rows():
            for table in ("document", "document_version"):
                db.execute(f"INSERT INTO {table} VALUES(?,?,1,0,?,0)", (kind, name, text))
    return characters / KEYS


def authentication_us(gateway, key):
    """CPU of the whole process for a request that is authenticated and then refused: nothing else is in it."""
    def ask(connection, n):
        for _ in range(n):
            connection.request("PUT", "/v1/models", headers={"authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 405, answer.status
    with_close = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    ask(with_close, 200)
    pid = gateway.process.child.pid
    rounds = []
    for _ in range(10):
        before = cpu_seconds(pid)
        ask(with_close, REQUESTS // 10)
        rounds.append((cpu_seconds(pid) - before) * 1e6 / (REQUESTS // 10))
    return statistics.median(rounds)


def creation_ms(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.admin_port, timeout=60)
    times = []
    for i in range(CREATES):
        body = json.dumps({"org": "acme", "team": f"team-{i % TEAMS}", "environment": "prod", "name": f"new-{i}",
                           "allowed_models": ["gpt-4o*", "anthropic/*"]})
        before = time.monotonic()
        connection.request("POST", "/admin/v1/keys", body, {"authorization": f"Bearer {gateway.admin_token}",
                                                              "content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        times.append((time.monotonic() - before) * 1000)
        assert answer.status == 201, text
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(pathlib.Path(folder), {"openai": {"base_url": "http://127.0.0.1:9/v1"}})
        started(gateway)
        gateway.seed()
        made = gateway.create("/admin/v1/keys", org="acme", team="web", environment="prod", name="first",
                              allowed_models=["gpt-4o*", "anthropic/*"], tags={"cost-centre": "17"})
        gateway.stop()
        start_one, rss_one = started(gateway)
        auth_one = authentication_us(gateway, made["key"])
        gateway.stop()
        characters = multiply(gateway.data_dir / "tsg.db", made["id"])
        start_all, rss_all = started(gateway)
        auth_all = authentication_us(gateway, made["key"])
        median, p99 = creation_ms(gateway)
        gateway.stop()
    per_key = (rss_all - rss_one) * 1e6 / KEYS
    print(f"{KEYS} keys in {TEAMS} teams")
    print(f"  start-up              {start_all:.2f} s (with one key {start_one:.2f} s)")
    print(f"  memory per key        {per_key:.0f} bytes of the process; {characters:.0f} of them are its strings' characters")
    print(f"  authenticated refusal {auth_all:.1f} us CPU, recorded (with one key {auth_one:.1f} us)")
    print(f"  creating a key        {median:.2f} ms median, {p99:.2f} ms p99 of {CREATES} (durability: process)")


if __name__ == "__main__":
    sys.exit(main())
