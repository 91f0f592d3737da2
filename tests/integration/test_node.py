"""The OpenAI SDK for Node; skipped where node is missing."""
import os
import pathlib
import shutil
import subprocess

import pytest

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not (CLIENTS / "node_modules/openai").is_dir():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CLIENTS, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return "node"


def test_node_sdk(node, gateway, key):
    narrow = gateway.new_key(models=["gpt-4o-mini"])["key"]
    done = subprocess.run([node, "--test", "clients.test.mjs"], cwd=CLIENTS, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "OPENAI_BASE_URL": gateway.url + "/v1", "OPENAI_API_KEY": key,
                               "NARROW_KEY": narrow})
    assert done.returncode == 0, done.stdout + done.stderr
