"""Troubles that pass: the gateway refuses while nothing can be recorded, and serves again by itself."""
import contextlib
import re
import resource
import shutil
import signal
import sqlite3
import subprocess

import httpx
import pytest
from harness import body, wait_for


@pytest.fixture
def served(make_gateway):
    """A gateway, and how to ask it. At the end it is the same process, and its log is whole."""
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    pid = gateway.process.child.pid
    with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
        gateway.ask = lambda: http.post("/v1/chat/completions", json=body())
        assert gateway.ask().status_code == 200
        yield gateway
        wait_for(lambda: httpx.get(gateway.url + "/readyz").status_code == 200, "ready again")
        assert gateway.ask().status_code == 200
    assert gateway.process.running() and gateway.process.child.pid == pid
    wait_for(lambda: "the audit log is written again" in gateway.log(), "it says so")
    assert gateway.log().count("the audit log cannot be written") == 1, "said once"
    assert gateway.stop() == 0
    code, text = gateway.verify()
    assert code == 0, text


def refused(gateway, sim):
    """Nothing is sent that cannot be recorded, and everybody is told so."""
    wait_for(lambda: gateway.ask().status_code == 503, "requests are refused")
    sent = sim.upstream_requests()
    answer = gateway.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "audit_unavailable"), answer.text
    assert sim.upstream_requests() == sent
    assert httpx.get(gateway.url + "/readyz").status_code == 503
    assert httpx.get(gateway.url + "/healthz").status_code == 200
    assert "tsg_audit_writable 0\n" in gateway.admin.get("/metrics").text


# It was down until somebody restarted it, after a lock of twelve seconds.
def test_another_programs_lock_passes(served, sim):
    other = sqlite3.connect(served.data_dir / "tsg.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused(served, sim)
    other.execute("COMMIT")
    other.close()


def test_files_that_may_not_grow_pass(served, sim):
    pid = served.process.child.pid
    enough = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, enough[1]))
    refused(served, sim)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, enough)


@contextlib.contextmanager
def small_disk(folder):
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_passes(make_gateway, sim, tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        gateway = make_gateway(data_dir=str(disk / "data"))
        gateway.data_dir = disk / "data"
        key = gateway.new_key()["key"]
        with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
            gateway.ask = lambda: http.post("/v1/chat/completions", json=body())
            assert gateway.ask().status_code == 200
            with open(disk / "somebody's", "wb", buffering=0) as other, contextlib.suppress(OSError):
                while other.write(bytes(4096)):
                    pass
            refused(gateway, sim)
            before = gateway.record_count()
            (disk / "somebody's").unlink()
            wait_for(lambda: httpx.get(gateway.url + "/readyz").status_code == 200, "ready again")
            assert gateway.ask().status_code == 200
            assert gateway.record_count() > before
        assert gateway.stop() == 0
        code, text = gateway.verify()
        assert code == 0, text


# A stream was running: what it cost is known, and the provider will send its bill.
def test_what_ended_meanwhile_is_billed_as_it_was(served, sim):
    stream = served.stream = httpx.Client(base_url=served.url, timeout=60)
    key = served.new_key()["key"]
    request = stream.build_request("POST", "/v1/chat/completions", headers={"authorization": f"Bearer {key}"},
                                   json=body("[[sim:output_tokens=40,inter_us=100000]]", stream=True))
    running = stream.send(request, stream=True)
    lines = running.iter_lines()
    next(lines)
    pid = served.process.child.pid
    enough = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, enough[1]))
    refused(served, sim)
    with contextlib.suppress(httpx.HTTPError):
        for _ in lines:
            pass
    resource.prlimit(pid, resource.RLIMIT_FSIZE, enough)
    wait_for(lambda: "1 settlements had waited for it" in served.log(), "it was kept")
    record = served.record(running.headers["x-request-id"])
    assert record["kind"] == "request" and "estimated" not in record, record


# The writer used to sync log, database and log again after every 264th request, and everybody waited.
def test_in_process_mode_the_thread_that_commits_waits_for_no_disk(make_gateway, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    gateway = make_gateway(durability="process")
    key = gateway.new_key()["key"]
    out = tmp_path / "calls"
    tracer = subprocess.Popen(["strace", "-f", "-Y", "-e", "trace=fsync,fdatasync,msync,sync_file_range,syncfs,sync", "-o", str(out),
                               "-p", str(gateway.process.child.pid)], stderr=subprocess.PIPE, text=True)
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.wait(60)
        pytest.skip(f"strace cannot attach: {said.strip()}")
    with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
        for _ in range(1000):
            assert http.post("/v1/chat/completions", json=body()).status_code == 200
    tracer.send_signal(signal.SIGINT)
    tracer.wait(60)
    threads = re.findall(r"^\d+<([^>]+)> +(?:fsync|fdatasync|msync|sync\w*)\(", out.read_text(), re.M)
    assert "tsg-checkpoint" in threads, "somebody has to"
    assert set(threads) == {"tsg-checkpoint"}, {t: threads.count(t) for t in threads}
