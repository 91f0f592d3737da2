"""One table: the same request through nothing, nginx, HAProxy, a bare proxy of our libraries, another gateway and tsg.
Called by scripts/bench.

TSG_BENCH_SECONDS (10), TSG_BENCH_STREAMS (2000) and TSG_BENCH_STREAM_SECONDS (20) bound it: some six minutes in all.
TSG_BENCH_ONLY: of the tables only those named, of `proxies`, `connections`, `streams`.
"""
import asyncio
import json
import os
import pathlib
import resource
import sqlite3
import sys
import tempfile

import connections
import failover
import proxies
import streams
from harness import Gateway, Sim, make_certificate
from load import measure

SECONDS = int(os.environ.get("TSG_BENCH_SECONDS", "10"))
STREAMS = int(os.environ.get("TSG_BENCH_STREAMS", "2000"))
STREAM_SECONDS = int(os.environ.get("TSG_BENCH_STREAM_SECONDS", "20"))
ONLY = os.environ.get("TSG_BENCH_ONLY", "proxies connections streams").split()


def audited(gateway, row):
    """Stops it. True if its log verifies and holds a record for every answer that was counted."""
    gateway.stop()
    code, text = gateway.verify()
    with sqlite3.connect(gateway.data_dir / "tsg.db") as db:
        records = db.execute("SELECT count(*) FROM audit_record WHERE json_extract(bytes,'$.kind') = 'request'").fetchone()[0]
    row |= {"verify": code, "records": records}
    good = code == 0 and records >= row["answers"] and row.get("bad", 0) == 0
    if not good:
        print(f"FAILED {row['name']}: verify {code} ({text.strip()}), {records} records, {row['answers']} answers, "
              f"{row.get('bad', 0)} bad", file=sys.stderr)
    return good


def started(folder, sim, durability, **more):
    provider = {"base_url": sim.base_url(), **({"ca_file": str(folder.parent / "sim.pem")} if sim.tls else {})}
    gateway = Gateway(folder, {"openai": provider}, durability=durability, **more).start()
    gateway.seed()
    return gateway, gateway.new_key()["key"]


def requests_row(folder, sim, durability):
    gateway, key = started(folder, sim, durability)
    row = measure(folder, proxies.Proxy(f"tsg {durability}", gateway.port, gateway.process.child.pid), key, SECONDS)
    return row, audited(gateway, row)


def curve_row(folder, sim, durability):
    gateway, key = started(folder, sim, durability)
    proxy = proxies.Proxy("tsg", gateway.port, gateway.process.child.pid)
    row = {"name": f"connections, {durability}", **connections.curve(folder, proxy, key, max(1, SECONDS // 10))}
    print(f"{row['name']:21}" + "".join(f"{r['connections']:>9}" for r in row["rows"]))
    for name in ("requests_per_second", "p50_us", "p99_us", "cpu_us"):
        print(f"{name:21}" + "".join(f"{r[name]:>9.0f}" for r in row["rows"]))
    return row, audited(gateway, row) and connections.curve_holds(row["name"], row["rows"])


def tails_row(folder, sim):
    """Of a disk: the folder for temporary files has to lie on one."""
    gateway, key = started(folder, sim, "process")
    with proxies.nginx(folder, sim.port) as nginx:
        ours = proxies.Proxy("tsg", gateway.port)
        got = connections.tails({"nginx": connections.Lone(nginx, key), "tsg": connections.Lone(ours, key)}, SECONDS)
    row = {"name": "one connection", **got, "answers": got["tsg"]["answers"], "bad": got["tsg"]["bad"]}
    for name, values in got.items():
        print(f"one connection, uncorrected, {name}: " + ", ".join(f"{k} {v:.0f}" for k, v in values.items()))
    return row, audited(gateway, row) and connections.tails_hold(got["tsg"], got["nginx"])


def streams_row(folder, sim, name, certificate=None):
    tls = {"tls": {"certificate": str(certificate[0]), "key": str(certificate[1])}} if certificate else {}
    # What is measured are open streams: a crowd of handshakes may take its time.
    gateway, key = started(folder, sim, "process", timeouts={"dial_ms": 30_000, "tls_handshake_ms": 30_000}, **tls)
    row = {"name": name, "rss_idle_mb": streams.rss_mb(gateway.process.child.pid)}

    async def run():
        if not certificate:
            await streams.event_delay(gateway, key, sim, row)
        await streams.many_open(gateway, key, gateway.process.child.pid, row, STREAMS, STREAM_SECONDS, bool(certificate))
        if not certificate:
            await streams.close_delay(gateway, key, sim, row)

    asyncio.run(run())
    row["answers"] = row["streams_complete"]
    return row, audited(gateway, row) and row["streams_complete"] == STREAMS


def failed_over_row(folder, sim):
    row, gateway = failover.failover_row(folder, sim)
    return row, audited(gateway, row)


def show(rows):
    by_name = {r["name"]: r for r in rows}
    if "nginx" not in by_name:
        return
    nginx, direct = by_name["nginx"], by_name["direct"]
    print(f"{'':14}{'CPU us/req':>11}{'x nginx':>9}{'added p50':>11}{'added p99':>11}{'req/s 64':>10}{'MB idle/load/after':>21}{'bad':>6}")
    for r in rows:
        if "requests_per_second" in r:
            cpu, ratio, memory = "", "", ""
            if "cpu_us" in r:
                cpu, ratio = f"{r['cpu_us']:.1f}", f"{r['cpu_us'] / nginx['cpu_us']:.2f}"
                memory = f"{r['rss_idle_mb']:.0f}/{r['rss_loaded_mb']:.0f}/{r['rss_after_mb']:.0f}"
            r["added_p50_us"], r["added_p99_us"] = r["p50_us"] - direct["p50_us"], r["p99_us"] - direct["p99_us"]
            print(f"{r['name']:14}{cpu:>11}{ratio:>9}{r['added_p50_us']:>11.0f}{r['added_p99_us']:>11.0f}"
                  f"{r['requests_per_second']:>10.0f}{memory:>21}{r['bad']:>6}")
        elif "rows" not in r and "tsg" not in r:
            print(f"{r['name']}: " + ", ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}"
                                                for k, v in r.items() if k != "name"))
    duties = by_name["tsg process"]["cpu_us"] - by_name["bare beast"]["cpu_us"]
    print(f"governance, money and audit: {duties:.1f} us of CPU beyond moving the bytes (tsg process less bare beast)")
    print("us are at one connection, beyond `direct`; only figures of one run are comparable, and best as ratios to nginx")


def main(out):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    rows, ok = [], True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate = make_certificate(folder)
        for sub in ("direct", "nginx", "haproxy", "bare_beast", "portkey", "process", "full", "failover", "streams", "streams-tls",
                    "curve-process", "curve-full", "tails"):
            (folder / sub).mkdir()
        plain, secure = Sim(), Sim(*certificate)
        try:
            tables = {
                "proxies": (lambda: requests_row(folder / "process", plain, "process"),
                            lambda: requests_row(folder / "full", plain, "full"),
                            lambda: failed_over_row(folder / "failover", plain)),
                "connections": (lambda: curve_row(folder / "curve-process", plain, "process"),
                                lambda: curve_row(folder / "curve-full", plain, "full"),
                                lambda: tails_row(folder / "tails", plain)),
                "streams": (lambda: streams_row(folder / "streams", plain, "streams, plain"),
                            lambda: streams_row(folder / "streams-tls", secure, "streams, TLS", certificate))}
            if "proxies" in ONLY:
                direct = proxies.Proxy("direct", plain.port)
                direct.path = "/openai" + direct.path
                rows.append(measure(folder / "direct", direct, "k", SECONDS))
                for start in (proxies.nginx, proxies.haproxy, proxies.bare_beast, proxies.portkey):
                    with start(folder / start.__name__, plain.port) as proxy:
                        rows.append(measure(folder / start.__name__, proxy, "k", SECONDS))
            for make in (make for name in ONLY for make in tables[name]):
                row, good = make()
                rows.append(row)
                ok = ok and good
        finally:
            plain.stop()
            secure.stop()
    show(rows)
    pathlib.Path(out).write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
