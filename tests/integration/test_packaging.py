"""The systemd unit: valid, and as closed as we say. The image: the packages that the program is built and run with."""
import pathlib
import re
import shutil
import subprocess

import pytest
from harness import ROOT, TSG

UNIT = ROOT / "config/tsg.service"
SOCKET = ROOT / "config/tsg.socket"
EXPOSURE_MAX = 1.6  # of 10; see systemd-analyze(1), "security"


@pytest.fixture
def unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / "tsg.service"  # `verify` wants the program to exist
    copy.write_text(UNIT.read_text().replace("/usr/bin/tsg", "/bin/true"))
    shutil.copy(SOCKET, tmp_path)
    return copy


def run(*args):
    return subprocess.run(args, capture_output=True, text=True)


def test_unit_is_valid(unit):
    done = run("systemd-analyze", "verify", "--man=no", str(unit), str(unit.with_name("tsg.socket")))
    ours = [line for line in done.stderr.splitlines() if "tsg.s" in line]
    assert not ours, "\n".join(ours)


# The fifth restart within ten seconds met the limit, and the socket failed with its service: nobody could connect.
def test_no_number_of_restarts_takes_the_socket_down():
    for file in (UNIT, SOCKET):
        unit_section = re.search(r"^\[Unit\]$(.*?)^\[", file.read_text(), re.M | re.S)[1]
        assert "\nStartLimitIntervalSec=0\n" in unit_section, file
    assert "\nTriggerLimitIntervalSec=0\n" in SOCKET.read_text()


def test_unit_is_hardened(unit):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze knows no --offline (before 250)")
    found = re.search(r"Overall exposure level for tsg\.service: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE_MAX, done.stdout


# -- the image: it cannot be built here, but its package lists can be held to the truth ------------------------------

def image_stages():
    text = (ROOT / "docker/Dockerfile").read_text().replace("\\\n", " ")
    return [set(re.search(r"--no-install-recommends ([^&]*)", stage)[1].split()) for stage in text.split("FROM ")[1:]]


def test_the_image_is_built_with_what_the_scripts_install():
    libraries = re.search(r'need "libraries of the gateway" (.*?)\n}', (ROOT / "scripts/lib.sh").read_text(), re.S)[1]
    wanted = set(re.findall(r"\b(?:lib|nlohmann|prometheus)[a-z0-9.+-]*-dev", libraries)) | {"libboost1.81-dev"}
    built = image_stages()[0]
    assert {p for p in built if p.endswith("-dev")} == wanted
    assert {"g++", "cmake", "ninja-build", "pkg-config"} <= built


def test_the_image_runs_with_the_libraries_that_the_program_is_linked_to():
    if "bookworm" not in pathlib.Path("/etc/os-release").read_text() or not shutil.which("dpkg"):
        pytest.skip("package names are those of the image's Debian 12")
    linked = run("ldd", TSG).stdout
    files = re.findall(r"lib(?:fmt|prometheus|re2|simdjson|spdlog|sqlite|ssl|crypto|systemd|yaml)\S* => (\S+)", linked)
    owners = {run("dpkg", "-S", str(pathlib.Path(f).resolve())).stdout.split(":")[0] for f in files}
    assert owners and owners == image_stages()[1] - {"ca-certificates", "tzdata", "libmimalloc2.0"}  # the release's allocator
