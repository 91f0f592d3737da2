"""`tsg demo` and the README's first screen: what it prints and writes works as it stands."""
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys

import pytest
from harness import ROOT, TSG, Process, wait_for


def demo(folder):
    return Process([TSG, "demo", "--data-dir", str(folder), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
                   "Ctrl-C ends all of it")


@pytest.fixture
def running(tmp_path):
    process = demo(tmp_path / "tsg-demo")
    yield process, tmp_path / "tsg-demo"
    if process.running():
        process.stop()


def shell(folder, command):
    """As a user types it, with the folder of the virtual environment's python first."""
    path = os.path.dirname(sys.executable) + ":" + os.path.dirname(TSG) + ":" + os.environ["PATH"]
    return subprocess.run(["bash", "-c", f"set -e; source {folder}/demo.env; {command}"], capture_output=True, text=True,
                          timeout=120, env={**os.environ, "PATH": path})


def test_the_printed_curl_line_answers(running):
    process, _ = running
    line = re.search(r"^  (curl .*)$", process.output(), re.M)[1]
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and '"content":"' in done.stdout and '"cost_usd"' in done.stdout, done.stdout + done.stderr


def test_nobody_reads_a_secret_from_the_arguments_of_a_process(running):
    process, folder = running
    pid = process.child.pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    said = "".join(pathlib.Path(f"/proc/{p}/cmdline").read_text() for p in [pid, *children])
    assert "tsg-sim" in said and "--api-key-file" in said, said
    for secret in (folder / "secrets").iterdir():
        assert secret.read_text().strip() not in said, secret.name


def test_the_first_screen_of_the_readme(running):
    _, folder = running
    assert stat.S_IMODE((folder / "demo.env").stat().st_mode) == 0o600
    lines = (folder / "demo.env").read_text().splitlines()
    assert [re.match(r"export (\w+)='[^']+'$", line)[1] for line in lines] == [
        "OPENAI_BASE_URL", "OPENAI_API_KEY", "TSG_ADMIN_URL", "TSG_ADMIN_TOKEN"]
    curl = """curl -sS $OPENAI_BASE_URL/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" \
      -H 'Content-Type: application/json' -d '{"model":"gpt-4o","messages":[{"role":"user","content":"Say hello"}]}'"""
    assert '"object":"chat.completion"' in shell(folder, curl).stdout
    done = shell(folder, "python3 -c 'import openai; print(openai.OpenAI().models.list().data[0].id)'")
    assert done.returncode == 0 and done.stdout.strip(), done.stderr
    done = shell(folder, "tsg key list && tsg audit list")
    assert done.returncode == 0 and "demo" in done.stdout, done.stderr
    done = shell(folder, f"tsg audit verify --data-dir {folder}/data")
    assert done.returncode == 0, done.stdout + done.stderr


def test_from_engagement_to_first_request_as_the_readme_says(running, tmp_path):
    section = (ROOT / "README.md").read_text().split("## From engagement to first request")[1]
    block = re.search(r"```sh\n(.*?)```", section, re.S)[1]
    assert len(re.findall(r"^(tsg|KEY=|curl)", block, re.M)) == 5, block
    (tmp_path / "build").mkdir()
    (tmp_path / "build/release").symlink_to(os.path.dirname(os.path.abspath(TSG)))
    done = subprocess.run(["bash", "-e", "-c", block + "\ntsg key list --org acme --output json"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"object":"chat.completion"' in done.stdout and '"cost_usd":' in done.stdout
    listed = re.search(r"SEQ .*?(?=^\[)", done.stdout, re.M | re.S)[0]
    request = next(line for line in listed.splitlines() if " request " in line)
    assert "gpt-4o" in request and "allow" in request and " 200 " in request, listed
    assert json.loads(done.stdout[done.stdout.index("\n[") + 1:])[0]["monthly_budget_usd"] == "25.00"
    request_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", request)[0]
    told = shell(tmp_path / "tsg-demo", f"tsg explain {request_id}").stdout
    assert re.search(r"^verdict +allow$", told, re.M) and "candidates\nTARGET" in told, told


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(p) for p in file.read().split()]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_its_end_is_the_end_of_all_of_it_and_it_starts_again_on_the_same_books(tmp_path, how):
    folder = tmp_path / "tsg-demo"
    process = demo(folder)
    simulators = children_of(process.child.pid)
    assert simulators
    process.child.send_signal(how)
    assert process.wait() == (0 if how == signal.SIGINT else -signal.SIGKILL)
    wait_for(lambda: not any(os.path.exists(f"/proc/{p}/exe") for p in simulators), "the simulator is gone")
    again = demo(folder)
    try:
        assert shell(folder, f"tsg audit verify --data-dir {folder}/data").returncode == 0
    finally:
        assert again.stop() == 0
