"""The systemd unit: valid, and as closed as we say."""
import re
import shutil
import subprocess

import pytest
from harness import ROOT

UNIT = ROOT / "config/tsg.service"
EXPOSURE_MAX = 1.6  # of 10; see systemd-analyze(1), "security"


@pytest.fixture
def unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / "tsg.service"  # `verify` wants the program to exist
    copy.write_text(UNIT.read_text().replace("/usr/bin/tsg", "/bin/true"))
    return copy


def run(*args):
    return subprocess.run(args, capture_output=True, text=True)


def test_unit_is_valid(unit):
    done = run("systemd-analyze", "verify", "--man=no", str(unit))
    ours = [line for line in done.stderr.splitlines() if "tsg.service" in line]
    assert not ours, "\n".join(ours)


def test_unit_is_hardened(unit):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze knows no --offline (before 250)")
    found = re.search(r"Overall exposure level for tsg\.service: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE_MAX, done.stdout
