"""Where a request's CPU goes: `perf record` of tsg under the load of the table's row. Called by scripts/bench profile."""
import os
import pathlib
import subprocess
import sys
import tempfile

import proxies
from harness import Gateway, Sim
from load import cpu_seconds, wrk

SECONDS = int(os.environ.get("TSG_BENCH_SECONDS", "5"))


def main(out):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "gateway").mkdir()
        sim = Sim()
        try:
            gateway = Gateway(folder / "gateway", {"openai": {"base_url": sim.base_url()}}, durability="process").start()
            gateway.seed()
            pid = gateway.process.child.pid
            proxy = proxies.Proxy("tsg", gateway.port, pid)
            key = gateway.new_key()["key"]
            wrk(folder, proxy, key, 8, 1)
            perf = subprocess.Popen(["perf", "record", "-q", "-g", "-F", "1500", "-p", str(pid), "-o", out, "--",
                                     "sleep", str(SECONDS)], stderr=subprocess.DEVNULL)
            before = cpu_seconds(pid)
            row = wrk(folder, proxy, key, 64, SECONDS)
            print(f"{(cpu_seconds(pid) - before) / row['answers'] * 1e6:.1f} us/request, {row['answers']} answers, {row['bad']} bad")
            perf.wait()
            gateway.stop()
        finally:
            sim.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
