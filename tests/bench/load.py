"""The load and what it costs: wrk for requests, /proc for CPU and memory of a whole process tree."""
import json
import os
import pathlib
import re
import subprocess
import sys

from harness import body

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


def wrk(folder, proxy, key, connections, seconds, **more):
    """`more`: members of the request beside the prompt."""
    script = folder / "post.lua"
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}", **proxy.headers}
    lines = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items())
    script.write_text(f'''wrk.method = "POST"
wrk.body = {json.dumps(json.dumps(body(PROMPT, **more)))}
{lines}
done = function(s, l, r)
  io.write(string.format('RESULT {{"answers":%d,"bad":%d,"us":%d,"p50_us":%.1f,"p99_us":%.1f}}\\n', s.requests,
    s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration,
    l:percentile(50), l:percentile(99)))
end
''')
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script),
                          f"http://127.0.0.1:{proxy.port}{proxy.path}"],
                         capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    return json.loads(re.search(r"RESULT (.*)", out)[1])


def measure(folder, proxy, key, seconds):
    """One row: what 64 connections and what one connection get, and what it costs the proxy."""
    pid = proxy.pid
    row = {"name": proxy.name}
    if pid:
        row["rss_idle_mb"] = rss_mb(pid)
    warm = wrk(folder, proxy, key, 8, 1)
    before = cpu_seconds(pid) if pid else 0
    many = wrk(folder, proxy, key, 64, seconds)
    row["requests_per_second"] = many["answers"] / many["us"] * 1e6
    if pid:
        row |= {"cpu_us": (cpu_seconds(pid) - before) / max(many["answers"], 1) * 1e6, "rss_loaded_mb": rss_mb(pid)}
    one = wrk(folder, proxy, key, 1, max(1, seconds // 2))
    row |= {"p50_us": one["p50_us"], "p99_us": one["p99_us"], "bad": warm["bad"] + many["bad"] + one["bad"],
            "answers": warm["answers"] + many["answers"] + one["answers"]}
    if pid:
        row["rss_after_mb"] = rss_mb(pid)
    if row["bad"]:
        print(f"{proxy.name}: {row['bad']} of {row['answers']} answers were errors", file=sys.stderr)
    return row
