"""One table: the same request through nothing, nginx, HAProxy and tsg. Called by scripts/bench."""
import asyncio
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from harness import Gateway, Sim, body

SECONDS = int(os.environ.get("TSG_BENCH_SECONDS", "10"))
STREAMS = int(os.environ.get("TSG_BENCH_STREAMS", "2000"))
TICKS = os.sysconf("SC_CLK_TCK")
PROMPT = ("word " * 190) + "[[sim:output_tokens=130]]"  # about 1 KiB; the answer is about 0.8 KiB


def tree(pid):
    """The process and its children."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def cpu_seconds(pid):
    total = 0
    for p in tree(pid):
        fields = pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])  # utime, stime
    return total / TICKS


def rss_mb(pid):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{p}/status").read_text())[1])
               for p in tree(pid)) / 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


def wrk(folder, url, key, connections, seconds):
    script = folder / "post.lua"
    script.write_text(f'''wrk.method = "POST"
wrk.body = {json.dumps(json.dumps(body(PROMPT)))}
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer {key}"
done = function(s, l, r)
  io.write(string.format('RESULT {{"answers":%d,"bad":%d,"us":%d,"p50_us":%.1f,"p99_us":%.1f}}\\n', s.requests,
    s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration,
    l:percentile(50), l:percentile(99)))
end
''')
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(re.search(r"RESULT (.*)", out)[1])


def measure(name, folder, url, key, pid):
    wrk(folder, url, key, 8, 1)  # warm
    row = {"name": name, "rss_idle_mb": rss_mb(pid) if pid else None}
    before = cpu_seconds(pid) if pid else 0
    many = wrk(folder, url, key, 64, SECONDS)
    row["requests_per_second"] = many["answers"] / many["us"] * 1e6
    row["cpu_us"] = (cpu_seconds(pid) - before) / many["answers"] * 1e6 if pid else None
    row["rss_loaded_mb"] = rss_mb(pid) if pid else None
    one = wrk(folder, url, key, 1, max(3, SECONDS // 2))
    row |= {"p50_us": one["p50_us"], "p99_us": one["p99_us"], "bad": many["bad"] + one["bad"],
            "answers": many["answers"] + one["answers"], "rss_after_mb": rss_mb(pid) if pid else None}
    return row


def start_nginx(folder, upstream):
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(f"""worker_processes auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000000;
  upstream sim {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port};
    location /v1/ {{ proxy_pass http://sim/openai/v1/; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; }} }} }}
""")
    return subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config), "-p", str(folder)],
                            stderr=subprocess.DEVNULL), port


def start_haproxy(folder, upstream):
    port = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(f"""global
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  default_backend sim
backend sim
  http-request replace-path /v1/(.*) /openai/v1/\\1
  server s 127.0.0.1:{upstream}
""")
    return subprocess.Popen([shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-f", str(config)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), port


async def one_stream(port, key, payload, gaps):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(payload).encode()
    writer.write(f"POST /v1/chat/completions HTTP/1.1\r\nhost: b\r\nauthorization: Bearer {key}\r\nconnection: close\r\n"
                 f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
    last, done = None, False
    while line := await reader.readline():
        if line.startswith(b"data: "):
            now = time.perf_counter()
            if last is not None and gaps is not None:
                gaps.append(now - last)
            last, done = now, done or line.startswith(b"data: [DONE]")
    writer.close()
    return done


async def streams(gateway, key, sim, pid):
    row = {}
    for name, port in (("direct", sim.port), ("tsg", gateway.port)):  # 200 events, sent 5 ms apart
        gaps = []
        assert await one_stream(port, key, body("[[sim:output_tokens=200,inter_us=5000]]", stream=True), gaps)
        gaps.sort()
        row |= {f"{name}_gap_p50_ms": gaps[len(gaps) // 2] * 1e3, f"{name}_gap_p99_ms": gaps[int(len(gaps) * 0.99)] * 1e3}
    slow = body("[[sim:output_tokens=200,inter_us=100000]]", stream=True)
    before = rss_mb(pid)
    tasks = [asyncio.create_task(one_stream(gateway.port, key, slow, None)) for _ in range(STREAMS)]
    await asyncio.sleep(12)  # all open, none ended
    row |= {"streams": STREAMS, "rss_idle_mb": before, "rss_streams_mb": rss_mb(pid)}
    done = await asyncio.gather(*tasks, return_exceptions=True)
    row["streams_complete"] = sum(d is True for d in done)
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    data = json.dumps(slow).encode()
    writer.write(f"POST /v1/chat/completions HTTP/1.1\r\nhost: b\r\nauthorization: Bearer {key}\r\n"
                 f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
    await asyncio.sleep(1)
    closed = time.time()
    writer.transport.abort()
    await asyncio.sleep(1)
    row["close_delay_ms"] = (sim.stats()["last_abort_unix_us"] / 1e6 - closed) * 1e3
    return row


def bench_tsg(folder, sim, durability):
    gateway = Gateway(folder, {"openai": {"base_url": sim.base_url()}}, durability=durability)
    gateway.start()
    gateway.seed()
    key = gateway.new_key()["key"]
    pid = gateway.process.child.pid
    row = measure(f"tsg {durability}", folder, gateway.url + "/v1/chat/completions", key, pid)
    if durability == "process":
        row["stream"] = asyncio.run(streams(gateway, key, sim, pid))
    gateway.stop()
    code, text = gateway.verify()
    with sqlite3.connect(gateway.data_dir / "tsg.db") as db:
        records = db.execute("SELECT count(*) FROM audit_record").fetchone()[0]
    row |= {"verify": code, "records": records}
    ok = code == 0 and records >= row["answers"] and row["bad"] == 0
    if not ok:
        print(f"FAILED {row['name']}: verify {code} ({text.strip()}), {records} records, {row['answers']} answers, "
              f"{row['bad']} bad", file=sys.stderr)
    return row, ok


def show(rows):
    nginx = next((r for r in rows if r["name"] == "nginx"), None)
    print(f"{'':14}{'CPU us/req':>11}{'x nginx':>9}{'p50 us':>9}{'p99 us':>9}{'req/s 64':>10}{'MB idle/load/after':>22}{'bad':>5}")
    for r in rows:
        if "note" in r:
            print(f"{r['name']:14} {r['note']}")
            continue
        ratio = f"{r['cpu_us'] / nginx['cpu_us']:.2f}" if nginx and r["cpu_us"] else ""
        cpu = f"{r['cpu_us']:.1f}" if r["cpu_us"] else ""
        memory = f"{r['rss_idle_mb']:.0f}/{r['rss_loaded_mb']:.0f}/{r['rss_after_mb']:.0f}" if r["cpu_us"] else ""
        print(f"{r['name']:14}{cpu:>11}{ratio:>9}{r['p50_us']:>9.0f}{r['p99_us']:>9.0f}{r['requests_per_second']:>10.0f}"
              f"{memory:>22}{r['bad']:>5}")
        if "stream" in r:
            print("  streams:", ", ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in r["stream"].items()))


def main():
    rows, ok = [], True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sim = Sim()
        try:
            path = "/v1/chat/completions"
            rows.append(measure("direct", folder, f"http://127.0.0.1:{sim.port}{path}", "k", None))
            for label, start in (("nginx", start_nginx), ("haproxy", start_haproxy)):
                (folder / label).mkdir()
                child, port = start(folder / label, sim.port)
                try:
                    wait_port(port)
                    rows.append(measure(label, folder, f"http://127.0.0.1:{port}{path}", "k", child.pid))
                finally:
                    child.terminate()
                    child.wait()
            for durability in ("process", "full"):
                (folder / durability).mkdir()
                row, good = bench_tsg(folder / durability, sim, durability)
                rows.append(row)
                ok = ok and good
        finally:
            sim.stop()
    rows.append({"name": "portkey", "note": "not run"})
    show(rows)
    pathlib.Path(sys.argv[1]).write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
