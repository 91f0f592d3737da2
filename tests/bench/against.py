"""This tree beside another commit: what a request and a streamed event cost in CPU, as ratios.

Three gateways are alive at once: this tree's, the commit's, and the commit's once more as the control. They take turns,
a second each, so that whatever the machine does meets all three. Called by `scripts/bench --against COMMIT`.

TSG_BENCH_PAIRS (10) rounds. Exit 1: the median of this tree's ratios is above 1.03, or above the control's upper
quartile where that is the larger one; or an audit log does not verify.
"""
import json
import os
import pathlib
import statistics
import sys
import tempfile

import harness
import load
from proxies import Proxy

PAIRS = int(os.environ.get("TSG_BENCH_PAIRS", "10"))
EVENTS = 130  # of a streamed answer that carry a token
RATIO_MOST = 1.03
# What is sent, and how many units of work one answer is.
LOADS = {"request": ({}, 1), "streamed event": ({"stream": True}, EVENTS)}


def cpu_ns(pid):
    """All threads, in ns: the clock ticks of /proc/PID/stat are too coarse for one second."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


class Side:
    def __init__(self, name, folder, program, sim):
        folder.mkdir()
        self.name, self.folder, self.program = name, folder, program
        harness.TSG = program
        self.gateway = harness.Gateway(folder, {"openai": {"base_url": sim.base_url()}}, durability="process").start()
        self.gateway.seed()
        self.key = self.gateway.new_key()["key"]
        self.pid = self.gateway.process.child.pid
        self.proxy = Proxy(name, self.gateway.port, self.pid)
        self.answers = self.bad = 0

    def run(self, more, units):
        before = cpu_ns(self.pid)
        got = load.wrk(self.folder, self.proxy, self.key, 16, 1, **more)
        spent = cpu_ns(self.pid) - before
        self.answers += got["answers"]
        self.bad += got["bad"]
        return spent / max(1, got["answers"] * units) / 1000

    def ends_well(self):
        self.gateway.stop()
        harness.TSG = self.program  # each log is verified by the program that wrote it
        code, text = self.gateway.verify()
        if code or self.bad:
            print(f"FAILED {self.name}: verify {code} ({text.strip()}), {self.bad} bad answers", file=sys.stderr)
        return code == 0 and self.bad == 0


def judged(what, ratios, control):
    """Medians and quartiles of both; whether the bar holds."""
    median, limit = statistics.median(ratios), max(RATIO_MOST, statistics.quantiles(control, n=4)[2])
    held = median <= limit
    print(f"{'' if held else 'FAILED '}{what}: ratio {median:.3f} ({quartiles(ratios)}), control {statistics.median(control):.3f} "
          f"({quartiles(control)}), at most {limit:.3f}", file=sys.stdout if held else sys.stderr)
    return held


def quartiles(values):
    first, _, third = statistics.quantiles(values, n=4)
    return f"{first:.3f} to {third:.3f}"


def main(out, ours, theirs):
    good, rows = True, []
    with tempfile.TemporaryDirectory() as name:
        sim = harness.Sim()
        try:
            sides = [Side(name_, pathlib.Path(name) / name_, program, sim)
                     for name_, program in (("this", ours), ("that", theirs), ("control", theirs))]
            for side in sides:  # warm: pools, caches, the first growth of the heap
                for more, units in LOADS.values():
                    side.run(more, units)
            for what, (more, units) in LOADS.items():
                seen = {side.name: [] for side in sides}
                for number in range(PAIRS):
                    for side in sides[number % 3:] + sides[:number % 3]:
                        seen[side.name].append(side.run(more, units))
                ratios = {name_: [a / b for a, b in zip(seen[name_], seen["that"])] for name_ in ("this", "control")}
                print(f"CPU us per {what}: " + ", ".join(f"{n} {statistics.median(v):.2f}" for n, v in seen.items()))
                good &= judged(what, ratios["this"], ratios["control"])
                rows.append({"what": what, "cpu_us": seen, **ratios})
            for side in sides:
                good &= side.ends_well()
        finally:
            sim.stop()
    pathlib.Path(out).write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
