"""aider is a program, not a library: one edit-less message to each model."""
import os
import pathlib
import subprocess
import sys
import tempfile

from tasks import URL, run

AIDER = pathlib.Path(sys.executable).with_name("aider")
VERSION = subprocess.run([AIDER, "--version"], capture_output=True, text=True).stdout.split()[-1]


def ask(model):
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "OPENAI_API_BASE": URL, "HOME": folder, "AIDER_ANALYTICS": "false",
               "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        done = subprocess.run(
            [AIDER, "--model", f"openai/{model}", "--message", "[[sim:text=fine]]", "--no-git", "--yes-always", "--no-stream",
             "--no-show-model-warnings", "--no-check-update", "--no-detect-urls", "--no-fancy-input", "--edit-format", "ask"],
            cwd=folder, env=env, capture_output=True, text=True, timeout=180)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "fine" in said and "litellm." not in said, said[-380:]


run(f"aider {VERSION}", ask)
